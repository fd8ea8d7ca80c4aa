"""The four topologies in a simple form, to compare the programs with."""

CONTROLLER = -1


class Model:
    """Which node is below which. create gives None, or the name of the error."""

    def __init__(self, topology):
        self.topology = topology
        self.parent = {}
        self.slots = {}  # bst, balanced: node -> [left, right]
        self.root = None

    def create(self, node, parent=None):
        if node in self.parent:
            return "Already exists"
        if self.topology in ("list", "tree"):
            above = CONTROLLER if parent is None else parent
            if above != CONTROLLER and above not in self.parent:
                return "Parent not found"
            if self.topology == "list":
                for child in self.children(above):
                    self.parent[child] = node
            self.parent[node] = above
            return None
        self.slots[node] = [None, None]
        if self.root is None:
            self.root = node
            self.parent[node] = CONTROLLER
            return None
        place = self._search if self.topology == "bst" else self._smallest
        above, side = place(node)
        self.slots[above][side] = node
        self.parent[node] = above
        return None

    def _search(self, node):
        at = self.root
        while True:
            side = int(node > at)
            if self.slots[at][side] is None:
                return at, side
            at = self.slots[at][side]

    def _smallest(self, _):
        at = self.root
        while True:
            left, right = map(self._size, self.slots[at])
            side = 0 if left <= right else 1
            if self.slots[at][side] is None:
                return at, side
            at = self.slots[at][side]

    def _size(self, node):
        return 0 if node is None else len(self.subtree(node))

    def children(self, node):
        return [child for child, parent in self.parent.items() if parent == node]

    def subtree(self, node):
        found = [node]
        for at in found:
            found += self.children(at)
        return found

    def kill(self, node):
        """The removed nodes, or None where there is no such node."""
        if node not in self.parent:
            return None
        removed = self.subtree(node)
        above = self.parent[node]
        if node == self.root:
            self.root = None
        elif above in self.slots:
            pair = self.slots[above]
            pair[pair.index(node)] = None
        for gone in removed:
            del self.parent[gone]
            self.slots.pop(gone, None)
        return removed

    def depth(self, node):
        depth = 0
        while node != CONTROLLER:
            node = self.parent[node]
            depth += 1
        return depth
