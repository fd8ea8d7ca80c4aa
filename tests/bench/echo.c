/*
 * Programs that answer with what they are told, written as most are: a line is read, a line is
 * printed.
 *
 *	echo lines          prints each line
 *	echo json           JSON-RPC 2.0, a message a line: the result is the last argument
 *	echo count          reads to the end of its input, and prints how many bytes there were
 *	echo lines --loud   as the first, and 1 MiB a second to standard error meanwhile
 *	echo lines --slow   as the first, 5 ms after it was asked
 */
#include <cjson/cJSON.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define SLOW_NS    5000000
#define LOUD_LINES 64
#define LOUD_NS    7812500 /* between LOUD_LINES of 128 bytes: 128 times a second */

static void answer_line(const char *line)
{
	fputs(line, stdout);
}

static void answer_slowly(const char *line)
{
	nanosleep(&(struct timespec){.tv_nsec = SLOW_NS}, NULL);
	fputs(line, stdout);
}

/* What is no request gets no answer, and the row fails. */
static void answer_json(const char *line)
{
	cJSON *request = cJSON_Parse(line);
	const cJSON *id = cJSON_GetObjectItem(request, "id");
	const cJSON *params = cJSON_GetObjectItem(request, "params");
	const cJSON *args = cJSON_GetObjectItem(params, "args");
	const cJSON *last = cJSON_GetArrayItem(args, cJSON_GetArraySize(args) - 1);
	char *text = last ? cJSON_PrintUnformatted(last) : NULL;

	if (id && text)
		printf("{\"jsonrpc\":\"2.0\",\"id\":%.0f,\"result\":%s}\n", id->valuedouble, text);
	free(text);
	cJSON_Delete(request);
}

static _Noreturn void be_loud(void)
{
	const struct timespec pause = {.tv_nsec = LOUD_NS};
	char lines[LOUD_LINES][128];

	memset(lines, 'x', sizeof lines);
	for (size_t i = 0; i < LOUD_LINES; i++)
		lines[i][sizeof lines[i] - 1] = '\n';
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (write(STDERR_FILENO, lines, sizeof lines) > 0)
		nanosleep(&pause, NULL);
	_exit(EXIT_SUCCESS);
}

static int count(void)
{
	char bytes[64 * 1024];
	long long all = 0;
	ssize_t n;

	while ((n = read(STDIN_FILENO, bytes, sizeof bytes)) > 0)
		all += n;
	printf("%lld\n", all);
	return n ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const char *way = argc > 2 ? argv[2] : "";
	void (*answer)(const char *line) = answer_line;
	char *line = NULL;
	size_t room = 0;

	if (argc > 1 && strcmp(argv[1], "count") == 0)
		return count();
	if (argc > 1 && strcmp(argv[1], "json") == 0)
		answer = answer_json;
	if (strcmp(way, "--slow") == 0)
		answer = answer_slowly;
	if (strcmp(way, "--loud") == 0 && fork() == 0)
		be_loud();
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	while (getline(&line, &room, stdin) > 0)
		answer(line);
	free(line);
	return EXIT_SUCCESS;
}
