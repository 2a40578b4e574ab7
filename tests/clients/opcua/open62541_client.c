/* A client made with open62541: logs in, browses, reads, watches a motion that it commands, and asks for wrong things.
 * Arguments: URL, policy's URI, certificate, key, the server's certificate, application URI, user, password, cell.
 * Its result is one line of JSON. */
#include <open62541/client.h>
#include <open62541/client_config_default.h>
#include <open62541/client_highlevel.h>
#include <open62541/client_subscriptions.h>
#include <open62541/plugin/log_stdout.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEW 7          /* references in one answer */
#define TOGETHER 20    /* nodes in one request: each may need a continuation point */
#define SLOTS 65536    /* of the table of nodes that were seen */
#define MOST_KINDS 20  /* of status codes */

static UA_Client *client;
static const char *cell;
static UA_UInt16 space;

static void fail(const char *what, UA_StatusCode status) {
    fprintf(stderr, "%s: %s\n", what, UA_StatusCode_name(status));
    exit(1);
}

static UA_ByteString file_content(const char *name) {
    UA_ByteString content = UA_BYTESTRING_NULL;
    FILE *file = fopen(name, "rb");
    if(!file) {
        perror(name);
        exit(1);
    }
    fseek(file, 0, SEEK_END);
    UA_ByteString_allocBuffer(&content, (size_t)ftell(file));
    rewind(file);
    if(fread(content.data, 1, content.length, file) != content.length)
        exit(1);
    fclose(file);
    return content;
}

/* The NodeId of a path below the cell; its memory is not given back. */
static UA_NodeId node(const char *path) {
    char *name = malloc(strlen(cell) + strlen(path) + 2);
    sprintf(name, "%s/%s", cell, path);
    return UA_NODEID_STRING(space, name);
}

/* ---- browse and read ---- */

static UA_NodeId seen[SLOTS];
static UA_NodeId *found;
static size_t found_count, variable_count, browse_next_count;
static UA_NodeId variables[SLOTS];

static bool is_new(const UA_NodeId *id) {
    UA_UInt32 slot = UA_NodeId_hash(id) % SLOTS;
    while(!UA_NodeId_isNull(&seen[slot])) {
        if(UA_NodeId_equal(&seen[slot], id))
            return false;
        slot = (slot + 1) % SLOTS;
    }
    UA_NodeId_copy(id, &seen[slot]);
    return true;
}

static void take(const UA_ReferenceDescription *references, size_t count) {
    if(count > FEW)
        fail("browse", UA_STATUSCODE_BADENCODINGLIMITSEXCEEDED);
    for(size_t i = 0; i < count; i++) {
        const UA_NodeId *id = &references[i].nodeId.nodeId;
        if(!is_new(id))
            continue;
        UA_NodeId_copy(id, &found[found_count++]);
        if(references[i].nodeClass == UA_NODECLASS_VARIABLE && id->namespaceIndex > 1)
            UA_NodeId_copy(id, &variables[variable_count++]);
    }
}

/* The rest of a node's references, and its continuation point's end. */
static void take_rest(UA_ByteString point) {
    while(point.length) {
        UA_BrowseNextRequest request;
        UA_BrowseNextRequest_init(&request);
        request.continuationPoints = &point;
        request.continuationPointsSize = 1;
        UA_BrowseNextResponse response = UA_Client_Service_browseNext(client, request);
        if(response.resultsSize != 1 || response.results[0].statusCode != UA_STATUSCODE_GOOD)
            fail("browse next", response.responseHeader.serviceResult);
        browse_next_count++;
        take(response.results[0].references, response.results[0].referencesSize);
        UA_ByteString_clear(&point);
        UA_ByteString_copy(&response.results[0].continuationPoint, &point);
        UA_BrowseNextResponse_clear(&response);
    }
}

static void browse_all(void) {
    UA_BrowseDescription questions[TOGETHER];
    found = calloc(SLOTS, sizeof(UA_NodeId));
    found[found_count++] = UA_NODEID_NUMERIC(0, UA_NS0ID_ROOTFOLDER);
    for(size_t next = 0, count; next < found_count; next += count) {
        count = found_count - next < TOGETHER ? found_count - next : TOGETHER;
        for(size_t i = 0; i < count; i++) {
            UA_BrowseDescription_init(&questions[i]);
            questions[i].nodeId = found[next + i];
            questions[i].referenceTypeId = UA_NODEID_NUMERIC(0, UA_NS0ID_HIERARCHICALREFERENCES);
            questions[i].includeSubtypes = true;
            questions[i].resultMask = UA_BROWSERESULTMASK_ALL;
        }
        UA_BrowseRequest request;
        UA_BrowseRequest_init(&request);
        request.requestedMaxReferencesPerNode = FEW;
        request.nodesToBrowse = questions;
        request.nodesToBrowseSize = count;
        UA_BrowseResponse response = UA_Client_Service_browse(client, request);
        if(response.resultsSize != count)
            fail("browse", response.responseHeader.serviceResult);
        for(size_t i = 0; i < count; i++) {
            UA_BrowseResult *result = &response.results[i];
            if(result->statusCode != UA_STATUSCODE_GOOD)
                fail("browse", result->statusCode);
            take(result->references, result->referencesSize);
            UA_ByteString point;
            UA_ByteString_copy(&result->continuationPoint, &point);
            take_rest(point);
        }
        UA_BrowseResponse_clear(&response);
    }
    printf("\"nodes\": %zu, \"browse_next\": %zu, \"variables\": %zu, ", found_count, browse_next_count, variable_count);
}

static void read_all(void) {
    UA_StatusCode codes[MOST_KINDS];
    size_t counts[MOST_KINDS], kinds = 0, undecoded = 0;
    UA_ReadValueId *items = calloc(variable_count, sizeof(UA_ReadValueId));
    for(size_t i = 0; i < variable_count; i++) {
        items[i].nodeId = variables[i];
        items[i].attributeId = UA_ATTRIBUTEID_VALUE;
    }
    for(size_t begin = 0; begin < variable_count; begin += 500) {
        UA_ReadRequest request;
        UA_ReadRequest_init(&request);
        request.timestampsToReturn = UA_TIMESTAMPSTORETURN_BOTH;
        request.nodesToRead = &items[begin];
        request.nodesToReadSize = variable_count - begin < 500 ? variable_count - begin : 500;
        UA_ReadResponse response = UA_Client_Service_read(client, request);
        if(response.resultsSize != request.nodesToReadSize)
            fail("read", response.responseHeader.serviceResult);
        for(size_t i = 0; i < response.resultsSize; i++) {
            UA_DataValue *value = &response.results[i];
            UA_StatusCode code = value->hasStatus ? value->status : UA_STATUSCODE_GOOD;
            size_t kind = 0;
            while(kind < kinds && codes[kind] != code)
                kind++;
            if(kind == kinds) {
                if(kinds == MOST_KINDS)
                    fail("read", code);
                codes[kinds] = code;
                counts[kinds++] = 0;
            }
            counts[kind]++;
            /* A structure of the core that open62541 knows must have been decoded. */
            if(value->hasValue && UA_Variant_hasScalarType(&value->value, &UA_TYPES[UA_TYPES_EXTENSIONOBJECT])) {
                UA_ExtensionObject *object = (UA_ExtensionObject *)value->value.data;
                if(object->encoding != UA_EXTENSIONOBJECT_DECODED && object->content.encoded.typeId.namespaceIndex == 0)
                    undecoded++;
            }
        }
        UA_ReadResponse_clear(&response);
    }
    printf("\"statuses\": {");
    for(size_t kind = 0; kind < kinds; kind++)
        printf("%s\"%s\": %zu", kind ? ", " : "", UA_StatusCode_name(codes[kind]), counts[kind]);
    printf("}, \"undecoded\": %zu, ", undecoded);
}

static void read_unit(void) {
    UA_Variant value;
    UA_StatusCode status = UA_Client_readValueAttribute(
        client, node("MotionDevices/robot/Axes/A1/ParameterSet/ActualPosition/EngineeringUnits"), &value);
    if(status != UA_STATUSCODE_GOOD || !UA_Variant_hasScalarType(&value, &UA_TYPES[UA_TYPES_EUINFORMATION]))
        fail("unit", status);
    printf("\"unit\": %d, ", ((UA_EUInformation *)value.data)->unitId);
}

/* ---- commands ---- */

typedef struct {
    UA_StatusCode status;
    UA_StatusCode first_argument;
    UA_Variant *outputs;
} Answer;

static Answer call(const char *object, const char *method, size_t count, UA_Variant *inputs) {
    char path[200];
    snprintf(path, sizeof path, "%s/%s", object, method);
    UA_CallMethodRequest item;
    UA_CallMethodRequest_init(&item);
    item.objectId = node(object);
    item.methodId = node(path);
    item.inputArguments = inputs;
    item.inputArgumentsSize = count;
    UA_CallRequest request;
    UA_CallRequest_init(&request);
    request.methodsToCall = &item;
    request.methodsToCallSize = 1;
    UA_CallResponse response = UA_Client_Service_call(client, request); /* kept until the end */
    if(response.resultsSize != 1)
        fail(method, response.responseHeader.serviceResult);
    UA_CallMethodResult *result = &response.results[0];
    Answer answer = {result->statusCode, UA_STATUSCODE_GOOD, result->outputArguments};
    if(result->inputArgumentResultsSize)
        answer.first_argument = result->inputArgumentResults[0];
    return answer;
}

static const char *robot = "Services/Commands/robot";

/* The State of an accepted command, as a NodeId. */
static UA_NodeId submit(const char *method, size_t count, UA_Variant *inputs) {
    Answer answer = call(robot, method, count, inputs);
    if(answer.status != UA_STATUSCODE_GOOD || *(UA_Int32 *)answer.outputs[2].data != 0)
        fail(method, answer.status);
    UA_String id = *(UA_String *)answer.outputs[0].data;
    char path[200];
    snprintf(path, sizeof path, "Services/Operations/%.*s/State", (int)id.length, id.data);
    return node(path);
}

/* Wait for a job's end; publish responses are taken meanwhile. */
static UA_Int32 ended(UA_NodeId state) {
    for(;;) {
        UA_Variant value;
        UA_StatusCode status = UA_Client_readValueAttribute(client, state, &value);
        if(status != UA_STATUSCODE_GOOD)
            fail("state", status);
        UA_Int32 now = *(UA_Int32 *)value.data;
        UA_Variant_clear(&value);
        if(now >= 5)
            return now;
        UA_Client_run_iterate(client, 20);
    }
}

static size_t changes;
static double last;

static void changed(UA_Client *of, UA_UInt32 sub, void *sub_context, UA_UInt32 item, void *context, UA_DataValue *value) {
    (void)of, (void)sub, (void)sub_context, (void)item, (void)context;
    if(!UA_Variant_hasScalarType(&value->value, &UA_TYPES[UA_TYPES_DOUBLE]))
        return;
    changes++;
    last = *(double *)value->value.data;
}

static void move(void) {
    UA_Double speed = 0.0, lease = 60.0;
    UA_Variant number;
    UA_Variant_setScalar(&number, &speed, &UA_TYPES[UA_TYPES_DOUBLE]);
    printf("\"unowned\": \"%s\", ", UA_StatusCode_name(call(robot, "MoveHome", 1, &number).status));
    UA_Variant seconds;
    UA_Variant_setScalar(&seconds, &lease, &UA_TYPES[UA_TYPES_DOUBLE]);
    Answer control = call("Services/Ownership", "RequestControl", 1, &seconds);
    if(control.status != UA_STATUSCODE_GOOD)
        fail("control", control.status);
    printf("\"home\": %d, ", ended(submit("MoveHome", 1, &number)));

    UA_CreateSubscriptionRequest request = UA_CreateSubscriptionRequest_default();
    request.requestedPublishingInterval = 50.0;
    UA_CreateSubscriptionResponse subscription = UA_Client_Subscriptions_create(client, request, NULL, NULL, NULL);
    UA_MonitoredItemCreateRequest item =
        UA_MonitoredItemCreateRequest_default(node("MotionDevices/robot/Axes/A1/ParameterSet/ActualPosition"));
    item.requestedParameters.queueSize = 100;
    item.requestedParameters.samplingInterval = 0.0;
    UA_Client_MonitoredItems_createDataChange(client, subscription.subscriptionId, UA_TIMESTAMPSTORETURN_BOTH, item,
                                              NULL, changed, NULL);
    while(!changes)
        UA_Client_run_iterate(client, 20);

    UA_Variant joints;
    UA_StatusCode status =
        UA_Client_readValueAttribute(client, node("MotionDevices/robot/Cartesian/JointPositions"), &joints);
    if(status != UA_STATUSCODE_GOOD)
        fail("joints", status);
    double *positions = joints.data, goal = (positions[0] += 0.4);
    UA_Variant inputs[2] = {joints, number};
    speed = 0.02;
    printf("\"moved\": %d, ", ended(submit("MoveJoints", 2, inputs)));
    while(fabs(last - goal * 180.0 / M_PI) > 0.01)
        UA_Client_run_iterate(client, 20);
    printf("\"changes\": %zu, ", changes);

    joints.arrayLength = 5;
    inputs[0] = joints;
    Answer short_one = call(robot, "MoveJoints", 2, inputs);
    printf("\"five\": [\"%s\", \"%s\"], ", UA_StatusCode_name(short_one.status),
           UA_StatusCode_name(short_one.first_argument));
    printf("\"missing\": \"%s\", ", UA_StatusCode_name(call(robot, "MoveJoints", 1, inputs).status));
    UA_Variant percent;
    UA_Double much = 150.0;
    UA_Variant_setScalar(&percent, &much, &UA_TYPES[UA_TYPES_DOUBLE]);
    UA_StatusCode written =
        UA_Client_writeValueAttribute(client, node("MotionDevices/robot/ParameterSet/SpeedOverride"), &percent);
    printf("\"much\": \"%s\", ", UA_StatusCode_name(written));
    printf("\"released\": \"%s\"", UA_StatusCode_name(call("Services/Ownership", "ReleaseControl", 0, NULL).status));
}

int main(int count, char **given) {
    if(count != 10)
        return 2;
    cell = given[9];
    UA_ClientConfig config;
    memset(&config, 0, sizeof config);
    config.logging = UA_Log_Stdout_new(UA_LOGLEVEL_FATAL);
    UA_ByteString trusted = file_content(given[5]);
    UA_StatusCode status = UA_ClientConfig_setDefaultEncryption(&config, file_content(given[3]), file_content(given[4]),
                                                                &trusted, 1, NULL, 0);
    if(status != UA_STATUSCODE_GOOD)
        fail("configuration", status);
    config.securityMode = UA_MESSAGESECURITYMODE_SIGNANDENCRYPT;
    config.securityPolicyUri = UA_STRING_ALLOC(given[2]);
    UA_String_clear(&config.clientDescription.applicationUri);
    config.clientDescription.applicationUri = UA_STRING_ALLOC(given[6]);
    client = UA_Client_newWithConfig(&config);
    status = UA_Client_connectUsername(client, given[1], given[7], given[8]);
    printf("{\"connected\": \"%s\"", UA_StatusCode_name(status));
    if(status == UA_STATUSCODE_GOOD) {
        char uri[200];
        snprintf(uri, sizeof uri, "urn:cellkit:cell:%s", cell);
        UA_String wanted = UA_STRING(uri);
        status = UA_Client_NamespaceGetIndex(client, &wanted, &space);
        if(status != UA_STATUSCODE_GOOD)
            fail("namespace", status);
        printf(", ");
        browse_all();
        read_all();
        read_unit();
        move();
        UA_Client_disconnect(client);
    }
    printf("}\n");
    UA_Client_delete(client);
    return 0;
}
