// What the scripts share: their settings, a client, a session, and the line to the test that started them.
'use strict';
const fs = require('node:fs');
const readline = require('node:readline');
const opcua = require('node-opcua');

const settings = JSON.parse(process.argv[2]);
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Ask the test for something; its answer. */
async function ask(question) {
  process.stdout.write(`${JSON.stringify({ ask: question })}\n`);
  return JSON.parse((await lines.next()).value);
}

let manager;
/** Of the server's certificate; made once, as it takes a while. */
async function trust() {
  if (!manager) {
    manager = new opcua.OPCUACertificateManager({ rootFolder: settings.pki, automaticallyAcceptUnknownCertificate: false });
    await manager.initialize();
    await manager.trustCertificate(fs.readFileSync(settings.serverCertificate));
  }
  return manager;
}

/** A client with the test's certificate, or another of `changes`, which trusts the gateway's certificate alone. */
async function newClient(changes = {}) {
  const how = { ...settings, ...changes };
  return opcua.OPCUAClient.create({
    applicationName: 'stranger',
    applicationUri: how.uri,
    certificateFile: how.certificate,
    privateKeyFile: how.key,
    clientCertificateManager: await trust(),
    securityMode: opcua.MessageSecurityMode[how.mode ?? 'SignAndEncrypt'],
    securityPolicy: opcua.SecurityPolicy[how.policy ?? 'Basic256Sha256'],
    connectionStrategy: { initialDelay: 50, maxDelay: 100, maxRetry: 0 },
    keepSessionAlive: false,
    ...how.options,
  });
}

/** Who logs in. */
function identity(changes = {}) {
  const { user, password } = { ...settings, ...changes };
  if (user === null) return { type: opcua.UserTokenType.Anonymous };
  return { type: opcua.UserTokenType.UserName, userName: user, password };
}

/** Connect, log in, do something, log out. */
async function withSession(body, changes = {}) {
  const client = await newClient(changes);
  await client.connect(settings.url);
  try {
    const session = await client.createSession(identity(changes));
    try {
      const uris = await session.readNamespaceArray();
      const index = uris.indexOf(`urn:cellkit:cell:${settings.cell}`);
      session.id = (path) => opcua.coerceNodeId(`ns=${index};s=${settings.cell}${path ? '/' : ''}${path}`);
      session.value = (path) => session.read({ nodeId: session.id(path), attributeId: opcua.AttributeIds.Value });
      return await body(session, client);
    } finally {
      await session.close(true);
    }
  } finally {
    await client.disconnect();
  }
}

/** Call a method of an object below the cell; the arguments get the types that the method names. */
async function call(session, path, ...given) {
  const methodId = session.id(path);
  const { inputArguments } = await session.getArgumentDefinition(methodId);
  const inputs = inputArguments.map(({ dataType, valueRank }, place) => ({
    dataType: dataType.value,
    arrayType: valueRank > 0 ? opcua.VariantArrayType.Array : opcua.VariantArrayType.Scalar,
    value: given[place],
  }));
  return callRaw(session, path, inputs);
}

/** The same with ready variants. */
async function callRaw(session, path, inputArguments) {
  const objectId = session.id(path.slice(0, path.lastIndexOf('/')));
  const answer = await session.call({ objectId, methodId: session.id(path), inputArguments });
  const outputs = (answer.outputArguments ?? []).map(({ value }) => (ArrayBuffer.isView(value) ? [...value] : value));
  return { statusCode: answer.statusCode, results: answer.inputArgumentResults ?? [], outputs };
}

/** Run the script: its result, or what went wrong, is the last line. */
function main(body) {
  body().then(
    (result) => {
      process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
    },
    (error) => {
      process.stderr.write(`${error.stack}\n`, () => process.exit(1));
    },
  );
}

module.exports = { opcua, settings, ask, newClient, identity, withSession, call, callRaw, main };
