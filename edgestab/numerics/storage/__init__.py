"""What stands on disk: files written in one step, folders of Zarr arrays, and TOML files."""
