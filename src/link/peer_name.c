/* The bytes of a routing id. */
#include "link/peer_name.h"

#include "wire/bytes.h"

void peer_name_write(const struct peer_name *name, char bytes[PEER_NAME_SIZE])
{
	bytes[0] = 'n';
	put32(bytes + 1, (uint32_t)name->id);
	put32(bytes + 5, name->incarnation);
	put64(bytes + 9, name->generation);
}

int peer_name_read(const char *bytes, size_t size, struct peer_name *name)
{
	if (size != PEER_NAME_SIZE || bytes[0] != 'n')
		return -1;
	name->id = (int)get32(bytes + 1);
	name->incarnation = get32(bytes + 5);
	name->generation = get64(bytes + 9);
	return 0;
}
