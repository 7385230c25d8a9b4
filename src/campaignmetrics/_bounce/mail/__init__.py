"""Whole mails: from bytes to one record per recipient."""
