"""One vendor or medium per file (or per folder), strangers to each other: the only places that touch the world."""
