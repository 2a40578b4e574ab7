// Subscribes to variables until the last of them, the marker, has the value that says that all is over.
'use strict';
const { opcua, settings, ask, withSession, main } = require('./gateway.cjs');

const OVERFLOW = 0x480; // info type "data value", overflow bit

const microseconds = ({ sourceTimestamp, sourcePicoseconds }) => sourceTimestamp.getTime() * 1000 + (sourcePicoseconds ?? 0) / 1e6;

main(() =>
  withSession(async (session) => {
    const subscription = await session.createSubscription2({
      requestedPublishingInterval: settings.interval,
      requestedLifetimeCount: 1000,
      requestedMaxKeepAliveCount: 20,
      maxNotificationsPerPublish: 0,
      publishingEnabled: true,
    });
    const found = { interval: subscription.publishingInterval, messages: [], changes: [], overflows: [] };
    subscription.on('raw_notification', ({ sequenceNumber, notificationData }) => {
      if (notificationData?.length) found.messages.push(sequenceNumber); // the others only say that all is well
    });
    const begun = [];
    let isOver;
    const over = new Promise((resolve) => (isOver = resolve));
    for (const [place, path] of settings.paths.entries()) {
      const item = await subscription.monitor(
        { nodeId: session.id(path), attributeId: opcua.AttributeIds.Value },
        { samplingInterval: 0, queueSize: settings.queue, discardOldest: !settings.keepOldest[place] },
        opcua.TimestampsToReturn.Both,
        opcua.MonitoringMode.Reporting,
      );
      const changes = [];
      const overflows = []; // places of the changes before or after which others were lost
      found.changes.push(changes);
      found.overflows.push(overflows);
      item.on('changed', (data) => {
        const { value } = data.value;
        if (data.statusCode.value & OVERFLOW) overflows.push(changes.length);
        changes.push([microseconds(data), ArrayBuffer.isView(value) ? [...value] : value, found.messages.at(-1)]);
        if (place === settings.paths.length - 1 && value === settings.last) isOver();
      });
      begun.push(new Promise((resolve) => item.once('changed', resolve)));
    }
    await Promise.all(begun);
    await ask('begun');
    await over;
    return found;
  }),
);
