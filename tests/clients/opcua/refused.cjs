// Tries to get in in several ways: how far each gets, and what it is told.
'use strict';
const fs = require('node:fs');
const net = require('node:net');
const { opcua, settings, call, identity, newClient, withSession, main } = require('./gateway.cjs');

// What a server says before it hangs up is not in node-opcua's errors, so it is read from the line.
let goodbye = null;
const emit = net.Socket.prototype.emit;
net.Socket.prototype.emit = function (event, data, ...more) {
  if (event === 'data' && data.toString('latin1', 0, 3) === 'ERR') goodbye = opcua.getStatusCodeFromCode(data.readUInt32LE(8)).name;
  return emit.call(this, event, data, ...more);
};

/** A client that believes in an endpoint which the server does not offer. */
function pretend(client, { mode = 'SignAndEncrypt', policy = 'Basic256Sha256', user }) {
  const find = client.findEndpoint.bind(client);
  client.findEndpoint = (url) => {
    const offered = find(url, opcua.MessageSecurityMode.SignAndEncrypt, opcua.SecurityPolicy.Basic256Sha256);
    const endpoint = new opcua.EndpointDescription(offered);
    endpoint.securityMode = opcua.MessageSecurityMode[mode];
    endpoint.securityPolicyUri = opcua.SecurityPolicy[policy];
    if (user === null) {
      endpoint.userIdentityTokens = [new opcua.UserTokenPolicy({ policyId: 'anonymous', tokenType: opcua.UserTokenType.Anonymous })];
    }
    return endpoint;
  };
}

/** The services that answered and the status of the one that did not. */
async function attempt(changes) {
  const options = { serverCertificate: fs.readFileSync(settings.serverCertificate) }; // it asks nobody before the channel
  const client = await newClient({ ...changes, options });
  if (changes.pretend) pretend(client, changes);
  goodbye = null;
  const found = { answered: [], status: null, session: false };
  const note = (response) => {
    const { serviceResult } = response.responseHeader;
    if (serviceResult.isGood()) found.answered.push(response.schema.name.replace('Response', ''));
    else found.status = serviceResult.name;
  };
  client.on('receive_response', note);
  try {
    await client.connect(settings.url);
    if (changes.names) client.getCertificate = () => fs.readFileSync(changes.names);
    const session = await client.createSession(identity(changes));
    found.session = true;
    await session.close(true);
  } catch (error) {
    found.status ??= goodbye ?? /serviceResult = (\w+)/.exec(error.message)?.[1] ?? null;
    found.said = error.message;
  } finally {
    await client.disconnect().catch(() => {});
  }
  return found;
}

/** What somebody who may only watch is told when it tries more. */
async function watcher(session) {
  const override = { nodeId: session.id('MotionDevices/robot/ParameterSet/SpeedOverride'), attributeId: opcua.AttributeIds.Value };
  const value = { value: { dataType: opcua.DataType.Double, value: 50 } };
  const names = ['Services/Commands/robot/MoveHome', 'Services/Ownership/RequestControl', 'Services/RunProgram'];
  const found = {};
  for (const [place, path] of names.entries()) found[path] = (await call(session, path, [0, 60, 'pick_and_place'][place])).statusCode.name;
  for (const path of ['Services/Stop', 'Services/Ownership/BreakControl']) found[path] = (await call(session, path)).statusCode.name;
  found.write = (await session.write({ ...override, value })).name;
  return found;
}

main(async () => {
  const attempts = {};
  for (const [name, changes] of Object.entries(settings.attempts)) {
    attempts[name] = await attempt(changes);
    attempts[name].next = (await attempt({})).session; // a good client still gets in
  }
  const client = await newClient({ mode: 'None', policy: 'None' });
  await client.connect(settings.url);
  const endpoints = (await client.getEndpoints()).map(({ securityMode, securityPolicyUri, userIdentityTokens }) => [
    opcua.MessageSecurityMode[securityMode],
    securityPolicyUri.split('#')[1],
    userIdentityTokens.map(({ tokenType }) => opcua.UserTokenType[tokenType]),
  ]);
  await client.disconnect();
  return { attempts, endpoints, watcher: await withSession(watcher, { user: 'watcher' }) };
});
