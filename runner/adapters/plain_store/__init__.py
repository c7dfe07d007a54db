"""The snapshots of a workspace as plain copies; `store.PlainStore` is what callers use."""
