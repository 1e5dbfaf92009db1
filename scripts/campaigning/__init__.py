"""Parts of scripts/campaign.py."""
