/* Owns the list. A thread waits for one child at a time, so it is short. */
#include "base/child_wait.h"

#include <pthread.h>
#include <stddef.h>

#include "base/mem.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pid_t *children;
static size_t count;

void child_wait_begin(void)
{
	pthread_mutex_lock(&lock);
}

void child_wait_made(pid_t pid)
{
	if (pid > 0) {
		children = mem_resize(children, (count + 1) * sizeof *children);
		children[count++] = pid;
	}
	pthread_mutex_unlock(&lock);
}

static size_t child_find(pid_t pid)
{
	size_t i = 0;

	while (i < count && children[i] != pid)
		i++;
	return i;
}

void child_wait_over(pid_t pid)
{
	size_t i;

	pthread_mutex_lock(&lock);
	i = child_find(pid);
	if (i < count)
		children[i] = children[--count];
	pthread_mutex_unlock(&lock);
}

bool child_wait_has(pid_t pid)
{
	bool has;

	pthread_mutex_lock(&lock);
	has = child_find(pid) < count;
	pthread_mutex_unlock(&lock);
	return has;
}
