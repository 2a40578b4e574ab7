// Drives a virtual IRC5 or OmniCore with abb-rws-client: path of its build, URL of the controller.
import { pathToFileURL } from 'node:url';

const [, , build, url] = process.argv;
const { RwsClient, RwsClient2 } = await import(pathToFileURL(`${build}/dist/index.js`));
const { protocol, hostname, port } = new URL(url);
const second = protocol === 'https:';
const [username, password] = ['Default User', 'robotics'];
const rws = second ? new RwsClient2(url, username, password) : new RwsClient({ host: hostname, port: +port, username, password });
const home = second ? 'HOME' : '$HOME';
const said = { refused: {} };
const events = [];

async function refused(name, call) {
  try {
    await call();
    said.refused[name] = null;
  } catch (error) {
    said.refused[name] = error.controllerCode ?? error.code;
  }
}

await rws.connect();
said.state = await rws.getControllerState();
said.mode = await rws.getOperationMode();
said.joints = Object.values(await rws.getJointPositions());
said.cartesian = await rws.getCartesianFull();
said.tasks = (await rws.getRapidTasks()).map((task) => task.name);
said.modules = await rws.listModules('T_ROB1');
said.signals = (await rws.listAllSignals()).length;
said.system = (await rws.getSystemInfo()).rwVersion;
said.identity = (await rws.getControllerIdentity()).type;
said.log = (await rws.getEventLog(0)).map((entry) => entry.code);
const unsubscribe = await rws.subscribe(
  ['controllerstate', 'speedratio', 'execution', { type: 'signal', name: 'Local/DRV_1/DO_2' }],
  (event) => events.push(event.value),
);

if (second) await refused('variable without mastership', () => rws.setRapidVariable('T_ROB1', 'Examples', 'example_num', '8'));
await rws.requestMastership('rapid');
await rws.setRapidVariable('T_ROB1', 'Examples', 'example_num', '9');
await rws.releaseMastership('rapid');
said.variable = await rws.getRapidVariable('T_ROB1', 'Examples', 'example_num');
await rws.writeSignal('Local', 'DRV_1', 'DO_1', '1');
said.signal = (await rws.readSignal('Local', 'DRV_1', 'DO_1')).lvalue;
await refused('signal', () => rws.readSignal('a', 'b', 'c'));
await refused('variable', () => rws.getRapidVariable('T_ROB1', 'Examples', 'nothing'));

await rws.resetRapid();
await rws.setControllerState('motoroff');
await refused('start', () => rws.startRapid());
await rws.setControllerState('motoron');
await rws.startRapid();
said.running = await rws.getRapidExecutionState();
await rws.setSpeedRatio(40);
said.speed = await rws.getSpeedRatio();
await rws.writeSignal('Local', 'DRV_1', 'DO_2', '1');
await rws.stopRapid();
said.stopped = await rws.getRapidExecutionState();

const module = 'MODULE Mine\n  PERS num mine := 3;\nENDMODULE\n';
await (second ? rws.uploadFile(`${home}/Mine.mod`, module) : rws.uploadModule(`${home}/Mine.mod`, module));
await rws.requestMastership('rapid');
await rws.loadModule('T_ROB1', `${home}/Mine.mod`);
said.loaded = await rws.listModules('T_ROB1');
await rws.unloadModule('T_ROB1', 'Mine');
await rws.releaseMastership('rapid');

await new Promise((resolve) => setTimeout(resolve, 500));
said.events = events;
await unsubscribe();
await rws.disconnect();
console.log(JSON.stringify(said));
process.exit(0);
