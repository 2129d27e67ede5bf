"""The sandbox against its OpenAPI document, and the Postman collection against the sandbox."""
