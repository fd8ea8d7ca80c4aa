/* Owns what is known of each node's place. */
#include "sim/places.h"

#include <string.h>

#include "sim/asks.h"
#include "sim/world.h"

static struct {
	bool known; /* of the topology */
	struct {
		unsigned open; /* requests under way, or unheard */
		bool sure;
		int parent;
	} of[IDS_MAX];
} places;

void places_begin(bool known)
{
	memset(&places, 0, sizeof places);
	places.known = known;
}

void place_asked(int id)
{
	places.of[id].open++;
	places.of[id].sure = false;
}

void place_answered(int id, bool done, int parent)
{
	places.of[id].sure = --places.of[id].open == 0 && done;
	places.of[id].parent = parent;
}

void places_settle(void)
{
	for (int id = 0; id < IDS_MAX; id++)
		places.of[id].open = 0;
}

void place_check(int id, int parent)
{
	if (places.known && places.of[id].sure && places.of[id].parent != parent)
		world_fail("node %d is below %d, and below %d it was acknowledged", id, parent,
		           places.of[id].parent);
}
