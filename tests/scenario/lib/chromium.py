"""Chromium without a window, driven by its devtools protocol over two pipes."""

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import time

from lib.waiting import TIMEOUT, Late


def chromium_path():
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Chromium:
    def __init__(self, case):
        down, self.down = os.pipe()
        self.up, up = os.pipe()
        profile = case.path("chromium")
        os.mkdir(profile)
        self.errors = case.fresh("chromium") + ".log"

        def place():
            # The protocol has descriptors 3 and 4; both may be in the way of the other.
            low, high = os.dup2(down, 100), os.dup2(up, 101)
            os.dup2(low, 3)
            os.dup2(high, 4)
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(
                [chromium_path(), "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
                 "--disable-dev-shm-usage", "--disable-background-networking", "--hide-scrollbars",
                 "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, close_fds=False,
                preexec_fn=place, env=case.env | {"XDG_RUNTIME_DIR": profile},
                start_new_session=True)
        os.close(down)
        os.close(up)
        case.addCleanup(self.stop)
        self.ids = itertools.count(1)
        self.buffer = b""
        self.events = []

    def stop(self):
        try:
            self.ask("Browser.close")
        except (OSError, Late):
            self.process.kill()
        os.close(self.down)
        self.process.wait(TIMEOUT)
        os.close(self.up)

    def message(self, until):
        while b"\0" not in self.buffer:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.up], [], [], left)[0]:
                raise Late("chromium says nothing")
            part = os.read(self.up, 1 << 20)
            if not part:
                raise OSError("chromium ended")
            self.buffer += part
        line, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(line)

    def ask(self, method, session=None, **params):
        number = next(self.ids)
        message = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.down, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + TIMEOUT
        while True:
            reply = self.message(until)
            if reply.get("id") == number:
                assert "error" not in reply, reply
                return reply["result"]
            if "method" in reply:
                self.events.append(reply)

    def tab(self, url, width=1280, height=800, dark=False):
        return Tab(self, url, width, height, dark)


class Tab:
    def __init__(self, browser, url, width, height, dark):
        self.browser = browser
        self.target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.ask("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                 mobile=False)
        self.ask("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        for domain in ("Runtime", "Log", "Page"):
            self.ask(f"{domain}.enable")
        self.ask("Page.navigate", url=url)

    def ask(self, method, **params):
        return self.browser.ask(method, self.session, **params)

    def value(self, expression):
        """Of JavaScript, as JSON."""
        found = self.ask("Runtime.evaluate", expression=expression, returnByValue=True,
                         awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def text(self, selector="body"):
        return self.value(f"document.querySelector({json.dumps(selector)})?.textContent ?? ''")

    def key(self, name):
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=name, code=name,
                     windowsVirtualKeyCode={"Enter": 13, "Tab": 9}.get(name, 0))

    def picture(self, path):
        data = self.ask("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def complaints(self):
        """What went wrong in the page: exceptions, what its policy refused, what was not found."""
        return [event for event in self.browser.events if event.get("sessionId") == self.session and
                (event["method"] == "Runtime.exceptionThrown" or
                 event["method"] == "Log.entryAdded" and
                 event["params"]["entry"]["level"] in ("error", "warning"))]

    def close(self):
        self.browser.ask("Target.closeTarget", targetId=self.target)
