"""Prints the table of docs/smart-charging.md: solar charging beside the naive rule."""

from .report import table


def main() -> None:
    """Let the days pass, and print what they came to."""
    for line in table():
        print(line)


if __name__ == "__main__":
    main()
