"""`python -m posthorn` is `posthorn`."""

from posthorn.cli import main

if __name__ == "__main__":
    main()
