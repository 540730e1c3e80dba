// A real OpenID provider, set up VNeID-like, for tests and demonstrations: node provider.mjs PORT REDIRECT_URI
// Two people: "muc1" registered alone (level 1), "muc2" proven in person (level 2). Never for production.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const [port, redirectUri] = process.argv.slice(2);
const issuer = `http://localhost:${port}`;
const LEVELS = { muc1: 'urn:vneid:muc1', muc2: 'urn:vneid:muc2' };

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'lienthong',
      client_secret: 'bi-mat-thu-nghiem',
      redirect_uris: redirectUri.split(','),
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  acrValues: Object.values(LEVELS),
  claims: { acr: null, openid: ['sub'], email: ['email'] },
  features: { devInteractions: { enabled: false } },
  pkce: { required: () => true },
  cookies: { keys: ['chi-de-thu-nghiem'] },
  interactions: { url: (_context, interaction) => `/dinh-danh/${interaction.uid}` },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, email: 'trung@example.vn' }) }),
  loadExistingGrant: async (context) => {
    const grant = new context.oidc.provider.Grant({
      clientId: context.oidc.client.clientId,
      accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope('openid');
    await grant.save();
    return grant;
  },
});

const page = (uid) => `<!doctype html><html lang="vi"><meta charset="utf-8"><title>Định danh thử nghiệm</title>
<h1>Định danh thử nghiệm</h1><form method="post" action="/dinh-danh/${uid}">
<button name="who" value="muc1">Người mức 1</button> <button name="who" value="muc2">Người mức 2</button></form>`;

async function interact(request, response) {
  const uid = request.url.split('/')[2];
  if (request.method !== 'POST') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(page(uid));
    return;
  }
  let body = '';
  for await (const part of request) body += part;
  const who = new URLSearchParams(body).get('who');
  const result = { login: { accountId: `chu-the-${who}`, acr: LEVELS[who], amr: ['pwd'], remember: false } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const answer = provider.callback();
createServer((request, response) => {
  if (request.url.startsWith('/dinh-danh/')) interact(request, response);
  else answer(request, response);
}).listen(Number(port), () => process.stdout.write('ready\n'));
