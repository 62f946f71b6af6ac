"""``edgestab completion``: what a shell needs to complete commands and options."""

from __future__ import annotations

from typing import Literal


def completion(shell: Literal["bash", "zsh", "fish"], /) -> None:
    """Print the script with which a shell completes the commands and their options.

    For bash or zsh, put `eval "$(edgestab completion bash)"`, with the name of the shell, into ~/.bashrc or ~/.zshrc,
    there after compinit; for fish, write the script to ~/.config/fish/completions/edgestab.fish.

    Parameters
    ----------
    shell
        bash, zsh or fish.
    """
    from edgestab.cli import app

    print(app.generate_completion(shell=shell))
