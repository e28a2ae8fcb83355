// Shows the OpenAPI document of this server with Scalar: https://scalar.com/products/api-references/configuration

const DOCUMENT = "/openapi.json";

// The page's policy forbids code from text, which the renderer would otherwise try, with an error on the console.
globalThis.__zod_globalConfig = { jitless: true };

// Without links to the maker of the renderer, and without an indent of the permission.
const STYLE = `
  a[href^="https://scalar.com"] { display: none }
  .scalar-app .operation-description dl > div { padding-inline-start: 0 }
`;

const { key } = document.currentScript.dataset;

// The keys of the document's bearer schemes, whatever their names are.
function authentication(api) {
  const schemes = Object.entries(api.components?.securitySchemes ?? {});
  const names = schemes.filter(([, scheme]) => scheme.scheme === "bearer").map(([name]) => name);
  return {
    preferredSecurityScheme: names[0],
    securitySchemes: Object.fromEntries(names.map((name) => [name, { token: key }])),
  };
}

async function show() {
  const answer = await fetch(DOCUMENT);
  if (!answer.ok) throw new Error(`${DOCUMENT}: ${answer.status}`);
  Scalar.createApiReference("#reference", {
    url: DOCUMENT,
    authentication: authentication(await answer.json()),
    // "Try it" is about this machine, wherever else the API may run.
    servers: [{ url: location.origin }],
    // As the document has them.
    orderSchemaPropertiesBy: "preserve",
    showExtensions: ["x-permission"],
    documentDownloadType: "direct",
    defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
    // Nothing from elsewhere, nothing to elsewhere, and no key in the browser's storage.
    withDefaultFonts: false,
    telemetry: false,
    persistAuth: false,
    agent: { disabled: true },
    mcp: { disabled: true },
    hideClientButton: true,
    showDeveloperTools: "never",
    customCss: STYLE,
  });
}

addEventListener("DOMContentLoaded", () => {
  show().catch((error) => {
    document.querySelector("#reference").textContent = `The reference cannot be shown. ${error}`;
    throw error;
  });
});
