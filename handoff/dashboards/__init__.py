"""The pages both teams read: each is data, so that screen, file, mail and link show the same."""
