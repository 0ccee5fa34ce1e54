#!/usr/bin/env python3
"""What deploy/ names is there: paths in the sources, commands and options in the program."""

import os
import re
import shutil
import subprocess
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = sys.argv.pop() if len(sys.argv) > 1 and os.path.isfile(sys.argv[-1]) else None


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


class Dockerfile(unittest.TestCase):
    text = read("deploy/Dockerfile")

    def test_copies_only_what_is_there(self):
        for line in re.findall(r"^COPY (?!--from)(.*)$", self.text, re.MULTILINE):
            for path in line.split()[:-1]:
                self.assertTrue(os.path.exists(os.path.join(ROOT, path)), path)

    def test_runs_as_a_user_of_its_own_in_a_stage_of_its_own(self):
        stages = re.split(r"^FROM ", self.text, flags=re.MULTILINE)[1:]
        self.assertEqual(len(stages), 2)
        self.assertRegex(stages[1], r"(?m)^USER (?!root)")


class Compose(unittest.TestCase):
    text = read("deploy/compose.yaml")

    def test_runs_commands_and_options_that_the_program_has(self):
        if BINARY is None:
            self.skipTest("no program given")
        services = re.split(r"^  (?=\w+:$)", self.text, flags=re.MULTILINE)[1:]
        ours = [service for service in services if "image: tidemark" in service]
        self.assertGreater(len(ours), 1)
        for service in ours:
            words = re.findall(r'"([^"]+)"', re.search(r"command: \[(.*)\]", service).group(1))
            described = subprocess.run([BINARY, words[0], "--help"], capture_output=True,
                                       text=True, check=True).stdout
            for option in (word for word in words if word.startswith("--")):
                self.assertIn(option, described)

    def test_mounts_and_builds_what_is_there(self):
        for path in re.findall(r"- (\./[^:\s]+):", self.text):
            self.assertTrue(os.path.exists(os.path.join(ROOT, "deploy", path)), path)
        self.assertTrue(os.path.exists(
            os.path.join(ROOT, re.search(r"dockerfile: (\S+)", self.text).group(1))))

    def test_is_what_docker_compose_understands(self):
        if shutil.which("docker-compose") is None:
            self.skipTest("docker-compose is not installed")
        done = subprocess.run(
            ["docker-compose", "-f", os.path.join(ROOT, "deploy", "compose.yaml"), "config", "-q"],
            capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_is_configured_with_what_the_program_accepts(self):
        if BINARY is None:
            self.skipTest("no program given")
        done = subprocess.run(
            [BINARY, "config", "check", "--config", os.path.join(ROOT, "deploy/tidemark.toml")],
            capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
