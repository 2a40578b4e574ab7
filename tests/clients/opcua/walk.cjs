// Browses everything, a few references at a time; reads every variable; finds every method's arguments.
'use strict';
const { opcua, settings, withSession, main } = require('./gateway.cjs');
const { AttributeIds, NodeClass, DataType } = opcua;

const FEW = 5; // references a node and answer: the rest comes by BrowseNext
const TOGETHER = 20; // nodes a request: each may need a continuation point

function* portions(all, size) {
  for (let begin = 0; begin < all.length; begin += size) yield all.slice(begin, begin + size);
}

const told = (reference) =>
  [reference.referenceTypeId, reference.nodeId, reference.browseName, reference.nodeClass, reference.typeDefinition].join(' ');

/** All references of some nodes, fetched `most` at a time (0: all at once). */
async function references(session, nodes, most, counts) {
  session.requestedMaxReferencesPerNode = most;
  const question = (nodeId) => ({
    nodeId, browseDirection: 'Forward', referenceTypeId: 'References', includeSubtypes: true, nodeClassMask: 0, resultMask: 63,
  });
  const results = await session.browse(nodes.map(question));
  const found = results.map((result) => [...(result.references ?? [])]);
  for (const result of results) {
    if (!result.statusCode.isGood()) throw new Error(`browse: ${result.statusCode}`);
    if (most && result.references.length > most) throw new Error('more references than were asked for');
  }
  let open = results.map((result, index) => [index, result.continuationPoint]).filter(([, point]) => point?.length);
  while (open.length) {
    counts.browseNext += 1;
    const next = await session.browseNext(open.map(([, point]) => point), false);
    next.forEach((result, place) => {
      if (!result.statusCode.isGood()) throw new Error(`browseNext: ${result.statusCode}`);
      found[open[place][0]].push(...result.references);
    });
    open = open.map(([index], place) => [index, next[place].continuationPoint]).filter(([, point]) => point?.length);
  }
  return found;
}

async function browseAll(session) {
  const nodes = new Map([['i=84', { nodeId: opcua.resolveNodeId('i=84'), nodeClass: NodeClass.Object }]]);
  const counts = { nodes: 0, references: 0, browseNext: 0, different: 0 };
  let fresh = [...nodes.values()];
  while (fresh.length) {
    const next = [];
    for (const portion of portions(fresh, TOGETHER)) {
      const ids = portion.map((node) => node.nodeId);
      const [little, whole] = [await references(session, ids, FEW, counts), await references(session, ids, 0, counts)];
      little.forEach((list, place) => {
        counts.references += list.length;
        if (list.map(told).join() !== whole[place].map(told).join()) counts.different += 1;
        for (const reference of list) {
          const key = reference.nodeId.toString();
          if (nodes.has(key)) continue;
          const { nodeId, nodeClass, browseName } = reference;
          nodes.set(key, { nodeId, nodeClass, name: browseName.name, parent: ids[place] });
          next.push(nodes.get(key));
        }
      });
    }
    fresh = next;
  }
  counts.nodes = nodes.size;
  return [[...nodes.values()], counts];
}

async function readAll(session, nodes, attributeId) {
  const values = [];
  for (const portion of portions(nodes, 500)) {
    values.push(...(await session.read(portion.map(({ nodeId }) => ({ nodeId, attributeId })))));
  }
  return values;
}

/** The built-in type of a data type: node-opcua's own answer takes i=14 of any namespace for a Guid. */
async function builtInType(session, dataType) {
  for (let type = dataType; ; ) {
    if (type.namespace === 0 && (type.value <= 25 || type.value === 29)) return type.value === 29 ? DataType.Int32 : type.value;
    const question = { nodeId: type, browseDirection: 'Inverse', referenceTypeId: 'HasSubtype', nodeClassMask: 0, resultMask: 63 };
    type = (await session.browse(question)).references[0].nodeId;
  }
}

/** Values of all variables: how many of each status and structure, and those that are not what their node says. */
async function variables(session, nodes) {
  const values = await readAll(session, nodes, AttributeIds.Value);
  const types = await readAll(session, nodes, AttributeIds.DataType);
  const ranks = await readAll(session, nodes, AttributeIds.ValueRank);
  const builtIn = new Map();
  const found = { count: nodes.length, statuses: {}, structures: {}, wrong: [], undecoded: [], unstamped: [] };
  for (const [place, value] of values.entries()) {
    const id = nodes[place].nodeId.toString();
    (found.statuses[value.statusCode.name] ??= []).push(id);
    if (!value.statusCode.isGood()) continue;
    if (!value.sourceTimestamp) found.unstamped.push(id);
    const type = types[place].value.value;
    if (!builtIn.has(type.toString())) builtIn.set(type.toString(), await builtInType(session, type));
    const wanted = builtIn.get(type.toString());
    const { dataType, value: content, arrayType } = value.value;
    if (dataType === DataType.Null) continue;
    const isArray = arrayType !== opcua.VariantArrayType.Scalar;
    const rank = ranks[place].value.value;
    const fits = rank === -2 || (isArray ? rank > 0 : rank === -1);
    if ((wanted !== DataType.Variant && dataType !== wanted) || !fits) {
      found.wrong.push(`${id} ${DataType[dataType]} ${isArray} instead of ${DataType[wanted]} ${rank}`);
    }
    if (dataType !== DataType.ExtensionObject) continue;
    for (const one of isArray ? content : [content]) {
      if (one === null || one.constructor.name.includes('Opaque')) found.undecoded.push(id);
      else found.structures[one.constructor.name] = (found.structures[one.constructor.name] ?? 0) + 1;
    }
  }
  return [found, values];
}

/** The arguments that a client finds for every method that can be called. */
async function methods(session, nodes) {
  const found = {};
  const nameOf = ({ namespace, value }) => (namespace === 0 && DataType[value]) || `ns=${namespace};i=${value}`;
  const executable = await readAll(session, nodes, AttributeIds.UserExecutable);
  for (const [place, node] of nodes.entries()) {
    const { inputArguments, outputArguments } = await session.getArgumentDefinition(node.nodeId);
    const names = (list) => list.map((one) => `${one.name} ${nameOf(one.dataType)}${one.valueRank > 0 ? '[]' : ''}`);
    found[node.nodeId.value] = [names(inputArguments), names(outputArguments), executable[place].value.value];
  }
  return found;
}

async function metadata(session, nodes, uris) {
  const found = {};
  const isEntry = ({ parent, nodeClass }) => parent?.toString() === 'ns=0;i=11715' && nodeClass === NodeClass.Object;
  for (const node of nodes.filter(isEntry)) {
    const names = ['NamespaceUri', 'NamespaceVersion', 'NamespacePublicationDate', 'IsNamespaceSubset'];
    const paths = names.map((name) => opcua.makeBrowsePath(node.nodeId, `.0:${name}`));
    const targets = (await session.translateBrowsePath(paths)).map((result) => result.targets?.[0]);
    if (targets.includes(undefined)) throw new Error(`metadata ${node.name} lacks ${names[targets.indexOf(undefined)]}`);
    const ids = targets.map(({ targetId }) => targetId);
    const values = await session.read(ids.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })));
    const [uri, ...rest] = values.map((value) => value.value.value);
    found[uri] = rest;
    if (!uris.includes(uri)) throw new Error(`metadata of ${uri}, which is no namespace`);
  }
  return found;
}

main(() =>
  withSession(async (session, client) => {
    await session.extractNamespaceDataType();
    const uris = await session.readNamespaceArray();
    const cell = uris.indexOf(`urn:cellkit:cell:${settings.cell}`);
    const [nodes, browsed] = await browseAll(session);
    const beyond = nodes.filter(({ nodeId }) => nodeId.namespace > 1);
    const theVariables = beyond.filter(({ nodeClass }) => nodeClass === NodeClass.Variable);
    const [read, values] = await variables(session, theVariables);
    const units = {};
    theVariables.forEach(({ name, nodeId }, place) => {
      if (name === 'EngineeringUnits' && nodeId.namespace === cell) units[nodeId.value] = values[place].value.value?.displayName?.text ?? null;
    });
    const callable = beyond.filter(({ nodeId, nodeClass }) => nodeClass === NodeClass.Method && nodeId.namespace === cell);
    return {
      policy: client.securityPolicy,
      unstable: nodes.filter(({ nodeId }) => nodeId.namespace === cell && typeof nodeId.value !== 'string').map(({ name }) => name),
      browsed,
      read,
      units,
      methods: await methods(session, callable),
      metadata: await metadata(session, nodes, uris),
    };
  }),
);
