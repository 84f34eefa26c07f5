"use strict";

// The defaults would ask validator.swagger.io about the document.
SwaggerUIBundle({ url: "{url}", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: "none" });
