// Calls and writes with wrong arguments: what each is answered.
'use strict';
const { opcua, call, callRaw, withSession, main } = require('./gateway.cjs');
const { DataType, VariantArrayType } = opcua;

const scalar = (dataType, value) => ({ dataType, value });
const array = (dataType, value) => ({ dataType, arrayType: VariantArrayType.Array, value });
const joints = (count, value = 0) => array(DataType.Double, new Array(count).fill(value));
const speed = (value) => scalar(DataType.Double, value);
const move = 'Services/Commands/robot/MoveJoints';
const control = 'Services/Ownership/RequestControl';
const override = 'MotionDevices/robot/ParameterSet/SpeedOverride';

const CALLS = {
  'none at all': [move, []],
  'one too few': [move, [joints(6)]],
  'one too many': [move, [joints(6), speed(0.5), speed(0.5)]],
  'a text for an array': [move, [scalar(DataType.String, 'home'), speed(0.5)]],
  'a number for an array': [move, [speed(0), speed(0.5)]],
  'an array for a number': [move, [joints(6), joints(6)]],
  'whole numbers for numbers': [move, [array(DataType.Int32, [0, 0, 0, 0, 0, 0]), speed(0.5)]],
  'single precision': [move, [joints(6), scalar(DataType.Float, 0.5)]],
  'nothing': [move, [joints(6), scalar(DataType.Null, null)]],
  'five joints': [move, [joints(5), speed(0.5)]],
  'not a number': [move, [joints(6, NaN), speed(0.5)]],
  'infinite': [move, [joints(6), speed(Infinity)]],
  'beyond the limits': [move, [joints(6, 100), speed(0.5)]],
  'too quick': [move, [joints(6), speed(1.5)]],
  'a pose without direction': ['Services/Commands/robot/MovePose', [joints(7), scalar(DataType.String, 'world'), speed(0.1)]],
  'an unknown frame': [
    'Services/Commands/robot/MovePose',
    [array(DataType.Double, [0.3, 0, 0.3, 0, 0, 0, 1]), scalar(DataType.String, 'moon'), speed(0.1)],
  ],
  'a lease of no time': [control, [speed(0)]],
  'a lease of a text': [control, [scalar(DataType.String, '60')]],
  'an unknown program': ['Services/RunProgram', [scalar(DataType.String, 'no such program')]],
  'an unknown operation': ['Services/GetOperation', [scalar(DataType.String, 'none')]],
};

const WRITES = {
  'too much': scalar(DataType.Double, 150),
  'not a number': scalar(DataType.Double, NaN),
  'a text': scalar(DataType.String, '50'),
  'an array': array(DataType.Double, [50]),
  'good': scalar(DataType.Double, 100),
};

const operations = async (session) => (await session.browse(session.id('Services/Operations'))).references.length;

main(() =>
  withSession(async (session) => {
    await call(session, control, 60);
    const found = { calls: {}, writes: {} };
    const before = await operations(session);
    for (const [name, [path, given]] of Object.entries(CALLS)) {
      const { statusCode, results, outputs } = await callRaw(session, path, given);
      found.calls[name] = [statusCode.name, results.map((result) => result.name), outputs];
    }
    const wrongObject = { objectId: session.id('Services'), methodId: session.id(move), inputArguments: [joints(6), speed(0.5)] };
    found.wrongObject = (await session.call(wrongObject)).statusCode.name;
    const noMethod = { objectId: session.id('Services/Commands/robot'), methodId: session.id(`${move}Nicely`), inputArguments: [] };
    found.noMethod = (await session.call(noMethod)).statusCode.name;
    found.operations = (await operations(session)) - before;
    for (const [name, value] of Object.entries(WRITES)) {
      const item = { nodeId: session.id(override), attributeId: opcua.AttributeIds.Value, value: { value } };
      found.writes[name] = (await session.write(item)).name;
    }
    const position = session.id('MotionDevices/robot/Axes/A1/ParameterSet/ActualPosition');
    const item = { nodeId: position, attributeId: opcua.AttributeIds.Value, value: { value: scalar(DataType.Double, 0) } };
    found.readOnly = (await session.write(item)).name;
    await call(session, 'Services/Ownership/ReleaseControl');
    return found;
  }),
);
