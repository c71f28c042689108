"""Cal.com over HTTP, behind the port `Calendar`."""
