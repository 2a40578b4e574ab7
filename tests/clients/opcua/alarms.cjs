// Alarms as a control room has them: watches, acknowledges, leaves, comes back and asks what still matters.
'use strict';
const { opcua, ask, call, withSession, main } = require('./gateway.cjs');

const FIELDS = ['EventType', 'EventId', 'SourceName', 'ConditionName', 'Message', 'Severity', 'Retain', 'ActiveState.Id', 'AckedState.Id', 'Comment', 'ClientUserId'];
const REFRESH_START = 'ns=0;i=2787';
const REFRESH_END = 'ns=0;i=2788';
const SERVER = opcua.resolveNodeId('i=2253');
const CONDITION = opcua.resolveNodeId('ConditionType');

/** The server's alarms, in the order in which they are told. */
class ControlRoom {
  constructor(session) {
    this.session = session;
    this.events = [];
    this.look = () => {};
  }

  async watch() {
    this.subscription = await this.session.createSubscription2({
      requestedPublishingInterval: 50, requestedLifetimeCount: 1000, requestedMaxKeepAliveCount: 20, publishingEnabled: true,
    });
    const clauses = opcua.constructEventFilter(FIELDS).selectClauses;
    clauses.push({ typeDefinitionId: CONDITION, browsePath: [], attributeId: opcua.AttributeIds.NodeId });
    const { whereClause } = opcua.constructEventFilter([], opcua.ofType('AlarmConditionType'));
    const filter = new opcua.EventFilter({ selectClauses: clauses, whereClause });
    const item = await this.subscription.monitor(
      { nodeId: SERVER, attributeId: opcua.AttributeIds.EventNotifier },
      { samplingInterval: 0, queueSize: 1000, discardOldest: true, filter },
      opcua.TimestampsToReturn.Both,
      opcua.MonitoringMode.Reporting,
    );
    if (item.statusCode && !item.statusCode.isGood()) throw new Error(`events: ${item.statusCode}`);
    item.on('changed', (values) => {
      const event = Object.fromEntries([...FIELDS, 'condition'].map((name, place) => [name, values[place].value]));
      event.EventType = event.EventType?.toString();
      this.events.push(event);
      this.look();
    });
  }

  /** Wait for an event from here on; it and all before it are taken away. */
  async next(isWanted) {
    for (;;) {
      const place = this.events.findIndex(isWanted);
      if (place >= 0) return this.events.splice(0, place + 1).at(-1);
      await new Promise((resolve) => (this.look = resolve));
    }
  }

  alarm(active, acked) {
    const name = 'robot.protective_stop';
    return this.next((event) => event.ConditionName === name && event['ActiveState.Id'] === active && event['AckedState.Id'] === acked);
  }

  /** All that is retained. */
  async refresh() {
    this.events.length = 0;
    const { statusCode } = await this.session.call({
      objectId: CONDITION,
      methodId: opcua.resolveNodeId('ConditionType_ConditionRefresh'),
      inputArguments: [{ dataType: opcua.DataType.UInt32, value: this.subscription.subscriptionId }],
    });
    if (!statusCode.isGood()) throw new Error(`ConditionRefresh: ${statusCode}`);
    await this.next((event) => event.EventType === REFRESH_START);
    for (const told = []; ; ) {
      const event = await this.next(() => true);
      if (event.EventType === REFRESH_END) return told;
      told.push(plain(event));
    }
  }

  acknowledge({ condition, EventId }, comment) {
    return this.session.acknowledgeCondition(condition, EventId, comment).then((status) => status.name);
  }
}

const plain = (event) => ({
  source: event.SourceName,
  name: event.ConditionName,
  message: event.Message?.text,
  severity: event.Severity,
  retain: event.Retain,
  active: event['ActiveState.Id'],
  acked: event['AckedState.Id'],
  comment: event.Comment?.text ?? null,
  user: event.ClientUserId,
});

async function recover(session) {
  await call(session, 'Services/Ownership/RequestControl', 60);
  await call(session, 'Services/Commands/robot/Recover');
}

main(async () => {
  const found = {};
  let first;
  await withSession(async (session) => {
    const room = new ControlRoom(session);
    await room.watch();
    found.before = await room.refresh();
    await ask('protective robot');
    const raised = (first = await room.alarm(true, false));
    found.raised = plain(raised);
    found.unknownEvent = await room.acknowledge({ ...raised, EventId: Buffer.from('0123456789abcdef') }, 'which?');
    found.acknowledge = await room.acknowledge(raised, 'I am on my way');
    found.acknowledged = plain(await room.alarm(true, true));
    found.again = await room.acknowledge(raised, 'once more');
  });
  await withSession(async (session) => {
    const room = new ControlRoom(session);
    await room.watch();
    found.back = await room.refresh();
    await recover(session);
    found.gone = plain(await room.alarm(false, true));
    found.after = await room.refresh();
    await ask('protective robot');
    await room.alarm(true, false);
    await recover(session);
    const unseen = await room.alarm(false, false);
    found.unseen = plain(unseen);
    found.stillThere = await room.refresh();
    found.tooOld = await room.acknowledge(first, 'the one before');
    const asWatcher = async (watcher) => (await watcher.acknowledgeCondition(unseen.condition, unseen.EventId, '')).name;
    found.byWatcher = await withSession(asWatcher, { user: 'watcher' });
    found.late = await room.acknowledge(unseen, 'seen');
    found.over = plain(await room.alarm(false, true));
    found.nothing = await room.refresh();
    await call(session, 'Services/Ownership/ReleaseControl');
  });
  return found;
});
