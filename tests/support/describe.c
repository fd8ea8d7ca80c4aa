/* Prints what rpc.discover answers: the scenarios check each reply and event against it. */
#include <stdio.h>

#include "control/rpc.h"
#include "wire/json_write.h"

int main(void)
{
	struct buffer b = {0};
	bool failed;

	json_open_object(&b, NULL);
	rpc_describe(&b);
	json_close_object(&b);
	buffer_add(&b, "\n", 1);
	failed = fwrite(buffer_bytes(&b), 1, buffer_size(&b), stdout) != buffer_size(&b);
	buffer_free(&b);
	return fclose(stdout) || failed;
}
