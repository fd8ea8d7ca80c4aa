/* Threads beside the one of the loop. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

/* The thread blocks all signals; the loop's thread handles them. 0, or an errno. */
int thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg);

/* A condition for pthread_cond_timedwait() with times of clock_after(). */
void thread_condition(pthread_cond_t *condition);

#endif
