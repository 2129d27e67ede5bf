"""What people see in a browser: 100ms's own web client, and the sandbox's page."""
