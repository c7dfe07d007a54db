"""What programs do with their options and operands: tables, and one reader for them."""
