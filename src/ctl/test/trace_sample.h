/* A trace as dtreed tells it: `exec 3 1 2 3` of node 3, a dictionary below node 1. */
#ifndef CTL_TEST_TRACE_SAMPLE_H
#define CTL_TEST_TRACE_SAMPLE_H

static const char trace_sample[] =
    "{\"request\":17,\"start_us\":7301000123,\"spans\":["
    "{\"name\":\"exec\",\"kind\":\"control\",\"process\":\"dtreed\",\"pid\":640,\"depth\":1,"
    "\"begin_ns\":0,\"end_ns\":310000},"
    "{\"name\":\"control read\",\"kind\":\"control\",\"process\":\"dtreed\",\"pid\":640,"
    "\"depth\":1,\"begin_ns\":0,\"end_ns\":31000,\"parent\":0},"
    "{\"name\":\"window\",\"kind\":\"queue\",\"process\":\"dtreed\",\"pid\":640,\"depth\":1,"
    "\"begin_ns\":31000,\"end_ns\":42000,\"parent\":0,"
    "\"detail\":\"behind 3 requests of 2 sessions\"},"
    "{\"name\":\"link down\",\"kind\":\"link\",\"process\":\"worker\",\"pid\":651,\"node\":1,"
    "\"depth\":2,\"begin_ns\":42000,\"end_ns\":80000,\"parent\":0},"
    "{\"name\":\"cpu wait\",\"kind\":\"cpu wait\",\"process\":\"worker\",\"pid\":651,\"node\":1,"
    "\"depth\":2,\"begin_ns\":70000,\"end_ns\":80000,\"parent\":3},"
    "{\"name\":\"relay\",\"kind\":\"running\",\"process\":\"worker\",\"pid\":651,\"node\":1,"
    "\"depth\":2,\"begin_ns\":80000,\"end_ns\":260000,\"parent\":0},"
    "{\"name\":\"link down\",\"kind\":\"link\",\"process\":\"worker\",\"pid\":655,\"node\":3,"
    "\"depth\":3,\"begin_ns\":84000,\"end_ns\":120000,\"parent\":5},"
    "{\"name\":\"node\",\"kind\":\"running\",\"process\":\"worker\",\"pid\":655,\"node\":3,"
    "\"depth\":3,\"begin_ns\":120000,\"end_ns\":215000,\"parent\":5},"
    "{\"name\":\"wake-up\",\"kind\":\"wake-up\",\"process\":\"worker\",\"pid\":655,\"node\":3,"
    "\"depth\":3,\"begin_ns\":122000,\"end_ns\":140000,\"parent\":7},"
    "{\"name\":\"dict\",\"kind\":\"service\",\"process\":\"worker\",\"pid\":655,\"node\":3,"
    "\"depth\":3,\"begin_ns\":141000,\"end_ns\":146000,\"parent\":7},"
    "{\"name\":\"commit\",\"kind\":\"disk\",\"process\":\"worker\",\"pid\":655,\"node\":3,"
    "\"depth\":3,\"begin_ns\":146500,\"end_ns\":212000,\"parent\":7},"
    "{\"name\":\"link up\",\"kind\":\"link\",\"process\":\"worker\",\"pid\":651,\"node\":1,"
    "\"depth\":2,\"begin_ns\":215000,\"end_ns\":256000,\"parent\":5},"
    "{\"name\":\"link up\",\"kind\":\"link\",\"process\":\"dtreed\",\"pid\":640,\"depth\":1,"
    "\"begin_ns\":260000,\"end_ns\":297000,\"parent\":0}],"
    "\"shares\":{\"control\":44000,\"queue\":11000,\"link\":142000,\"service\":5000,"
    "\"disk\":65500,\"running\":14500,\"cpu wait\":10000,\"wake-up\":18000}}";

#endif
