"""The three-page form: drafts, pages, submit."""
