// Commands as jobs: one that is cancelled, one that succeeds, one that is refused, and the cell's program.
'use strict';
const { opcua, settings, call, withSession, main } = require('./gateway.cjs');

/** Watch the job's state and progress until it has ended; `meanwhile` is told of each change. */
async function watch(session, operation, meanwhile = () => {}) {
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: 50, requestedLifetimeCount: 1000, requestedMaxKeepAliveCount: 20, publishingEnabled: true,
  });
  const seen = { State: [], Progress: [] };
  await new Promise((resolve, reject) => {
    for (const name of ['Progress', 'State']) {
      subscription
        .monitor(
          { nodeId: session.id(`Services/Operations/${operation}/${name}`), attributeId: opcua.AttributeIds.Value },
          { samplingInterval: 0, queueSize: 100, discardOldest: true },
          opcua.TimestampsToReturn.Both,
          opcua.MonitoringMode.Reporting,
        )
        .then((item) =>
          item.on('changed', ({ statusCode, value }) => {
            if (!statusCode.isGood()) return;
            seen[name].push(value.value);
            meanwhile(name, value.value);
            if (name === 'State' && value.value >= 5) resolve();
          }),
        )
        .catch(reject);
    }
  });
  await subscription.terminate();
  const names = ['State', 'Failure', 'Reason', 'Result', 'Progress'];
  for (const name of names) seen[`last${name}`] = (await session.value(`Services/Operations/${operation}/${name}`)).value.value;
  return seen;
}

async function submit(session, path, ...given) {
  const { statusCode, outputs } = await call(session, path, ...given);
  if (!statusCode.isGood() || outputs[2] !== 0) throw new Error(`${path}: ${statusCode} ${outputs}`);
  return outputs[0];
}

const robot = 'Services/Commands/robot';

async function motions(session) {
  const found = {};
  found.unowned = (await call(session, `${robot}/MoveHome`, 0)).statusCode.name;
  found.control = (await call(session, 'Services/Ownership/RequestControl', 60)).outputs;
  found.home = await watch(session, await submit(session, `${robot}/MoveHome`, 0));
  const joints = [...(await session.value('MotionDevices/robot/Cartesian/JointPositions')).value.value];
  const away = joints.map((joint) => joint + 0.5);
  const slow = await submit(session, `${robot}/MoveJoints`, away, 0.01);
  let cancelled;
  found.cancelled = await watch(session, slow, (name, value) => {
    if (name === 'Progress' && value > 0) cancelled ??= call(session, `Services/Operations/${slow}/Cancel`);
  });
  found.cancel = (await cancelled).outputs;
  const quick = await submit(session, `${robot}/MoveJoints`, away, 0.2);
  found.succeeded = await watch(session, quick);
  found.there = [...(await session.value('MotionDevices/robot/Cartesian/JointPositions')).value.value].map((joint, i) => joint - away[i]);
  return found;
}

main(async () => {
  let program;
  const found = await withSession(async (session) => {
    const done = await motions(session);
    await submit(session, `${robot}/MoveHome`, 0).then((home) => watch(session, home));
    const before = (await session.value('Services/Production/PartsGood')).value.value;
    program = await submit(session, 'Services/RunProgram', settings.program);
    done.program = await watch(session, program);
    done.made = (await session.value('Services/Production/PartsGood')).value.value - before;
    return done;
  });
  found.later = await withSession(
    async (session) => ({
      outputs: (await call(session, 'Services/GetOperation', program)).outputs,
      result: (await session.value(`Services/Operations/${program}/Result`)).value.value,
      client: (await session.value(`Services/Operations/${program}/Client`)).value.value,
      owner: (await session.value('Services/Ownership/Owner')).value.value,
    }),
    { user: 'watcher' },
  );
  return found;
});
