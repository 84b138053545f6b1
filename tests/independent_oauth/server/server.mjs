// An authorization server by other hands: oidc-provider, strict in everything that it can be strict in.
//
//   CLIENT_SECRET=… REDIRECT_URI=… [ACCESS_TOKEN_TTL=3600] node server.mjs
//
// It prints its address as one line and ends when its standard input does, so that nothing is left behind. A line
// `advance N` there moves its clock on by N seconds and is answered with `advanced`.
//
// https://github.com/panva/node-oidc-provider/tree/v8.8.1/docs

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

// Standard output is for the address and for answers.
console.info = console.error;

const { Provider } = await import('oidc-provider');

const { CLIENT_SECRET, REDIRECT_URI, ACCESS_TOKEN_TTL = '3600' } = process.env;
if (!CLIENT_SECRET || !REDIRECT_URI) {
  console.error('CLIENT_SECRET and REDIRECT_URI must be set');
  process.exit(2);
}

// Everything in oidc-provider takes the time from here.
let ahead = 0;
const { now } = Date;
Date.now = () => now() + ahead;

// A client for each way of proving itself. The ids hold what must not be joined or sent as it is.
const client = (client_id, token_endpoint_auth_method, more) => ({
  client_id,
  token_endpoint_auth_method,
  redirect_uris: [REDIRECT_URI],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid offline_access email',
  ...more,
});
const clients = [
  client('product: basic+1', 'client_secret_basic', { client_secret: CLIENT_SECRET }),
  client('product: post&2', 'client_secret_post', { client_secret: CLIENT_SECRET }),
  // An installed program: no secret, and a redirect to whatever port of the machine is free.
  client('product: none=3', 'none', {
    application_type: 'native',
    redirect_uris: [REDIRECT_URI, 'http://127.0.0.1/callback'],
  }),
];

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const configuration = {
  clients,
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  jwks: { keys: [privateKey.export({ format: 'jwk' })] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  // The last is for none of the clients.
  scopes: ['openid', 'offline_access', 'email', 'profile'],
  claims: { openid: ['sub'], email: ['email'] },
  // Whoever logs in exists.
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: id }) }),
  features: {
    // Pages of oidc-provider's own for login, consent and cancelling.
    devInteractions: { enabled: true },
    revocation: { enabled: true },
    userinfo: { enabled: true },
  },
  pkce: { required: () => true, methods: ['S256'] },
  // What has run out does not work any more, not even for the usual 15 seconds.
  clockTolerance: 0,
  // A refresh token works once; the second time ends the grant and everything that came of it.
  rotateRefreshToken: true,
  ttl: {
    AccessToken: Number(ACCESS_TOKEN_TTL),
    AuthorizationCode: 60,
    Grant: 30 * 86_400,
    IdToken: 3600,
    Interaction: 3600,
    RefreshToken: 14 * 86_400,
    Session: 86_400,
  },
};

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  // The issuer is the address, which is not known before.
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration);
  provider.on('server_error', (_, error) => console.error(error));
  server.on('request', provider.callback());
  process.stdout.write(`${issuer}\n`);
});

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [word, seconds] = line.split(' ');
    if (word !== 'advance') return;
    ahead += Number(seconds) * 1000;
    process.stdout.write('advanced\n');
  })
  .on('close', () => process.exit(0));
