// An OpenID provider that is not ours, for the tests: prints its issuer on one line, ends when its standard input ends.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const key = (type, options, extra) => ({ ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), use: 'sig', ...extra });
const server = createServer();
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      { client_id: 'store', client_secret: 'store-secret', grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
      { client_id: 'phone-app', client_secret: 'phone-secret', grant_types: ['authorization_code'], redirect_uris: ['http://127.0.0.1:9/back'] },
      ...(process.env.PORTAL ? [{ client_id: 'portal', token_endpoint_auth_method: 'none', redirect_uris: [process.env.PORTAL] }] : []),
    ],
    jwks: { keys: [
      key('rsa', { modulusLength: 2048 }, { alg: 'RS256', kid: 'outside-rsa' }),
      key('ec', { namedCurve: 'P-256' }, { alg: 'ES256', kid: 'outside-ec' }),
    ] },
    // an operator's own mapping: oidc-provider puts neither into access tokens by itself
    extraTokenClaims: ({ oidc: { entities: { AuthorizationCode: code } } }) => (code ? { auth_time: code.authTime, amr: ['pwd', 'otp'] } : undefined),
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:entitlements',
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => ({
          scope: 'access.evaluate entitlements.issue',
          audience: resource === 'urn:elsewhere' ? 'elsewhere' : 'entitlements',
          accessTokenFormat: 'jwt',
          accessTokenTTL: 300,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
process.stdin.on('end', () => process.exit(0)).resume();
