// Comes for the first time, with the certificate that node-opcua makes itself; is refused, waits to be trusted, comes again.
'use strict';
const fs = require('node:fs');
const { opcua, settings, ask, identity, main } = require('./gateway.cjs');

async function newcomer() {
  const manager = new opcua.OPCUACertificateManager({ rootFolder: settings.pki, automaticallyAcceptUnknownCertificate: false });
  await manager.initialize();
  await manager.trustCertificate(fs.readFileSync(settings.serverCertificate));
  return opcua.OPCUAClient.create({
    applicationName: 'newcomer',
    applicationUri: settings.uri,
    clientCertificateManager: manager,
    securityMode: opcua.MessageSecurityMode.SignAndEncrypt,
    securityPolicy: opcua.SecurityPolicy.Aes256_Sha256_RsaPss,
    connectionStrategy: { initialDelay: 50, maxDelay: 100, maxRetry: 0 },
    keepSessionAlive: false,
  });
}

/** The server's state as read in a session; null when there is none, or the gateway ends the connection on the way. */
async function tryOnce() {
  const client = await newcomer();
  const lost = new Promise((resolve) => client.once('connection_lost', () => resolve(null)));
  const visit = async () => {
    await client.connect(settings.url);
    const session = await client.createSession(identity());
    const state = await session.read({ nodeId: 'i=2259', attributeId: opcua.AttributeIds.Value });
    await session.close();
    return opcua.ServerState[state.value.value];
  };
  const found = await Promise.race([lost, visit().catch(() => null)]);
  client.disconnect().catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 50)); // it need not be tried faster
  return found;
}

main(async () => {
  const first = await tryOnce();
  await ask('to be trusted');
  let then = null;
  while (then === null) then = await tryOnce(); // the gateway looks at its folders now and then
  await ask('to be rejected');
  let last = then;
  while (last !== null) last = await tryOnce();
  return { first, then, last };
});
