"""`python -m scotoma` is `scotoma`."""

from scotoma.cli.app import main

if __name__ == "__main__":
    main()
