"""The base of tests of dtree-exporter, which is built where libmicrohttpd is."""

import os
import unittest

from lib.harness import Case
from lib.http import Exporter, exporter_path
from lib.waiting import wait_until


@unittest.skipUnless(os.path.exists(exporter_path()), "built without libmicrohttpd")
class ExporterCase(Case):
    def tree(self, *options, **nodes):
        self.dtreed = self.daemon(*options)
        self.user = self.client(self.dtreed)
        for node, service in nodes.items():
            self.user.call("create", id=int(node[1:]), service=service)

    def exporter(self, *options, **how):
        return Exporter(self, self.dtreed.socket, *options, **how)

    def up(self, exporter):
        """It speaks with dtreed."""
        wait_until(lambda: exporter.metrics()["dtree_up"], exporter.stderr)
        return exporter
