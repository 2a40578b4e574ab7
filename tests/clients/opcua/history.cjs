// Reads the history of a variable: whole, in parts, and backwards.
'use strict';
const { opcua, settings, withSession, main } = require('./gateway.cjs');

const plain = ({ sourceTimestamp, sourcePicoseconds, value, statusCode }) => [
  sourceTimestamp.getTime() * 1000 + (sourcePicoseconds ?? 0) / 1e6, value.value, statusCode.name,
];

/** All values of a range; `most` in an answer, the rest by continuation points. */
async function read(session, nodeId, startTime, endTime, most) {
  const found = [];
  let answers = 0;
  for (let continuationPoint = null; ; ) {
    const details = new opcua.ReadRawModifiedDetails({ isReadModified: false, startTime, endTime, numValuesPerNode: 0, returnBounds: false });
    details.numValuesPerNode = most;
    const request = new opcua.HistoryReadRequest({
      historyReadDetails: details,
      nodesToRead: [{ nodeId, continuationPoint }],
      releaseContinuationPoints: false,
      timestampsToReturn: opcua.TimestampsToReturn.Both,
    });
    const [result] = (await session.historyRead(request)).results;
    if (!result.statusCode.isGood()) throw new Error(`history: ${result.statusCode}`);
    found.push(...(result.historyData?.dataValues ?? []).map(plain));
    answers += 1;
    continuationPoint = result.continuationPoint;
    if (!continuationPoint?.length) return [found, answers];
  }
}

main(() =>
  withSession(async (session) => {
    const nodeId = session.id(settings.path);
    const [begin, end] = [new Date(settings.begin), new Date()];
    const [whole] = await read(session, nodeId, begin, end, 0);
    const [parts, answers] = await read(session, nodeId, begin, end, 10);
    const [backwards] = await read(session, nodeId, end, begin, 0);
    const bounded = await session.readHistoryValue(nodeId, begin, end); // with the values at either side of the range
    const none = await session.readHistoryValue(session.id('Services/Title'), begin, end);
    const level = await session.read({ nodeId, attributeId: opcua.AttributeIds.UserAccessLevel });
    return {
      whole, parts, answers, backwards,
      bounded: bounded.historyData.dataValues.map(plain),
      none: none.statusCode.name,
      historyRead: (level.value.value & opcua.AccessLevelFlag.HistoryRead) !== 0,
    };
  }, { user: 'watcher' }),
);
