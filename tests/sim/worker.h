/* What is known of workers' service outside of service.c. */
#ifndef SIM_WORKER_H
#define SIM_WORKER_H

/* Bytes of a token that the service looks at, with the NUL. */
#define WORKER_TOKEN_MAX 64

#endif
