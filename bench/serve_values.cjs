// A node-opcua server for the gateway's benchmark: node serve_values.cjs PACKAGES STATE VARIABLES RATE
const [packages, state, variables, rate] = process.argv.slice(2);
const path = require('path');
const { OPCUAServer, OPCUACertificateManager, Variant, DataType, StatusCodes, MessageSecurityMode, SecurityPolicy } =
  require(path.join(packages, 'node_modules', 'node-opcua'));

async function main() {
  const serverCertificateManager = new OPCUACertificateManager({
    rootFolder: path.join(state, 'node'), automaticallyAcceptUnknownCertificate: true,
  });
  await serverCertificateManager.initialize();
  const server = new OPCUAServer({
    port: 0, hostname: '127.0.0.1', serverCertificateManager,
    securityPolicies: [SecurityPolicy.Basic256Sha256], securityModes: [MessageSecurityMode.SignAndEncrypt],
    certificateFile: path.join(state, 'pki', 'own', 'certs', 'cellkit.der'),
    privateKeyFile: path.join(state, 'pki', 'own', 'private', 'cellkit.pem'),
    serverInfo: { applicationUri: 'urn:cellkit:gateway:bench' },
    serverCapabilities: { maxSessions: 50 },
  });
  await server.initialize();
  const space = server.engine.addressSpace;
  const own = space.registerNamespace('urn:cellkit:bench');
  const nodes = [];
  for (let number = 0; number < Number(variables); number += 1) {
    nodes.push(own.addVariable({
      organizedBy: space.rootFolder.objects, browseName: `v${number}`, nodeId: `s=v${number}`,
      dataType: 'Double', minimumSamplingInterval: 0, value: new Variant({ dataType: DataType.Double, value: 0 }),
    }));
  }
  await server.start();
  let count = 0;
  setInterval(() => {
    count += 1;
    for (const node of nodes) node.setValueFromSource({ dataType: DataType.Double, value: count }, StatusCodes.Good);
  }, 1000 / Number(rate));
  console.log(server.endpoints[0].port);
}

main().catch((error) => { console.error(error.message); process.exit(1); });
