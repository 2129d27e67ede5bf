"""Tests of the sandbox against its OpenAPI document, and of the Postman collection against the sandbox."""
