"""``python -m capacity.cli`` is the program."""

from capacity.cli import main

if __name__ == "__main__":
    main()
