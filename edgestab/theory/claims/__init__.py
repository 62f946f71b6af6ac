"""The theorems of the papers as data, one paper a file or a folder of short ones."""
