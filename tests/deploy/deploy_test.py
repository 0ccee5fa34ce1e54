#!/usr/bin/env python3
"""What deploy/ names is there: paths in the sources, commands and options in the program, libraries
in the image. No container is started, and no container engine is needed."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import unittest
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = sys.argv.pop() if len(sys.argv) > 1 and os.path.isfile(sys.argv[-1]) else None
HOME = "/var/lib/tidemark"  # where the program runs in its image


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


class Dockerfile(unittest.TestCase):
    text = read("deploy/Dockerfile")

    def copied(self):
        for line in re.findall(r"^COPY (?!--from)(.*)$", self.text, re.MULTILINE):
            *paths, target = line.split()
            for path in paths:
                yield path, os.path.basename(path) if target == "./" else target

    def test_copies_all_that_the_build_reads(self):
        with tempfile.TemporaryDirectory() as folder:
            for path, target in self.copied():
                source = os.path.join(ROOT, path)
                copy = shutil.copytree if os.path.isdir(source) else shutil.copy
                copy(source, os.path.join(folder, target))
            done = run("cmake", "--preset", "release", cwd=folder)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            # Nothing is compiled; a file that is missing is an error all the same.
            done = run("ninja", "-n", "-C", "build/release", "tidemark", cwd=folder)
            self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)

    def test_builds_by_commands_that_are_there(self):
        for command in re.findall(r"(?:RUN|&&) (tools/\S+)", self.text):
            self.assertTrue(os.access(os.path.join(ROOT, command), os.X_OK), command)

    def test_runs_as_a_user_of_its_own_in_a_stage_of_its_own(self):
        stages = re.split(r"^FROM ", self.text, flags=re.MULTILINE)[1:]
        self.assertEqual(len(stages), 2)
        self.assertRegex(stages[1], r"(?m)^USER (?!root)")
        self.assertRegex(stages[1], rf"(?m)^WORKDIR {HOME}$")

    @unittest.skipIf(BINARY is None, "no program given")
    @unittest.skipIf(shutil.which("dpkg") is None, "this is no Debian system")
    def test_installs_the_packages_of_the_libraries_that_the_program_needs(self):
        of_the_base_image = {"libc6", "libgcc-s1", "libstdc++6"}
        installed = set(re.split(r"^FROM ", self.text, flags=re.MULTILINE)[2].split())
        needed = re.findall(r"NEEDED\s+(\S+)", run("objdump", "-p", BINARY).stdout)
        self.assertGreater(len(needed), 5)
        for library in needed:
            if re.match(r"lib[a-z]*san\.so", library):
                continue  # of a build under sanitizers
            owners = run("dpkg", "-S", library).stdout.splitlines()
            packages = {owner.split(":")[0] for owner in owners if owner.endswith("/" + library)}
            self.assertTrue(packages & (installed | of_the_base_image), f"{library}: {packages}")


@unittest.skipIf(shutil.which("docker-compose") is None, "docker-compose is not installed")
class Compose(unittest.TestCase):
    def setUp(self):
        import yaml  # comes with docker-compose

        done = run("docker-compose", "-f", os.path.join(ROOT, "deploy/compose.yaml"), "--profile",
                   "simulate", "config", env=dict(os.environ, POSTGRES_PASSWORD="p4ss"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.services = yaml.safe_load(done.stdout)["services"]
        self.volumes = yaml.safe_load(done.stdout)["volumes"]
        self.ours = {name: service for name, service in self.services.items()
                     if service["image"] == "tidemark"}

    def mounts(self, service):
        return [mount.split(":")[:2] for mount in service.get("volumes", [])]

    def test_has_a_service_for_each_part(self):
        self.assertLessEqual({"postgres", "redis", "compact", "sync", "media", "serve"},
                             set(self.services))
        for name in ("simulate", "simulated"):
            self.assertEqual(self.services[name]["profiles"], ["simulate"])
        for name, service in self.services.items():
            self.assertEqual("profiles" in service, name.startswith("simulat"), name)

    @unittest.skipIf(BINARY is None, "no program given")
    def test_runs_commands_and_options_that_the_program_has(self):
        self.assertGreater(len(self.ours), 2)
        for service in self.ours.values():
            words = service["command"]
            names = [word for word in words[:2] if re.fullmatch("[a-z]+", word)]
            described = run(BINARY, *names, "--help")
            self.assertEqual(described.returncode, 0, described.stderr)
            for option in (word for word in words if word.startswith("--")):
                self.assertRegex(described.stdout, rf"(?m)^\s+{option}\b", words)

    def test_asks_for_keys_and_is_published_on_this_machine_alone(self):
        self.assertNotIn("--allow-public", self.services["serve"]["command"])
        listens = self.services["serve"]["command"]
        port = listens[listens.index("--listen") + 1].rpartition(":")[2]
        published = [(name, port) for name, service in self.services.items()
                     for port in service.get("ports", [])]
        self.assertEqual(published, [("serve", f"127.0.0.1:{port}:{port}/tcp")])

    def test_mounts_and_builds_what_is_there(self):
        for service in self.services.values():
            for source, _ in self.mounts(service):
                self.assertTrue(source in self.volumes or os.path.exists(source), source)
        for service in self.ours.values():
            build = service["build"]
            self.assertTrue(os.path.exists(os.path.join(build["context"], build["dockerfile"])))

    def test_names_files_that_are_mounted(self):
        for name, service in self.ours.items():
            targets = [target for _, target in self.mounts(service)]
            for word in service["command"]:
                if "/" in word:
                    path = os.path.join(HOME, word)
                    self.assertTrue(any(path.startswith(target) for target in targets),
                                    f"{name}: {word}")

    def test_waits_for_services_that_are_there_and_say_that_they_are_well(self):
        for service in self.services.values():
            for name, wait in service.get("depends_on", {}).items():
                self.assertEqual(wait["condition"], "service_healthy")
                self.assertIn("healthcheck", self.services[name])

    def test_takes_the_password_from_the_environment_alone(self):
        for name in ("postgres", "simulated"):
            self.assertEqual(self.services[name]["environment"]["POSTGRES_PASSWORD"], "p4ss")
        for service in self.ours.values():
            self.assertEqual(service["environment"]["PGPASSWORD"], "p4ss")
            self.assertNotIn("p4ss", service["environment"]["TIDEMARK_STORE"])


class Unit(unittest.TestCase):
    text = read("deploy/tidemark.service")

    def value(self, key):
        return re.search(rf"(?m)^{key}=(.*)$", self.text).group(1)

    @unittest.skipIf(BINARY is None, "no program given")
    def test_starts_a_command_with_options_that_the_program_has(self):
        program, *words = self.value("ExecStart").split()
        self.assertEqual(os.path.basename(program), "tidemark")
        described = run(BINARY, words[0], "--help")
        self.assertEqual(described.returncode, 0, described.stderr)
        for option in (word for word in words if word.startswith("--")):
            self.assertRegex(described.stdout, rf"(?m)^\s+{option}\b", words)

    def test_waits_for_the_notice_of_a_user_that_may_do_nothing_else(self):
        self.assertEqual(self.value("Type"), "notify")
        self.assertEqual(self.value("WorkingDirectory"),
                         "/var/lib/" + self.value("StateDirectory"))
        self.assertEqual(self.value("DynamicUser"), "yes")
        self.assertEqual(self.value("CapabilityBoundingSet"), "")
        # The notice goes through a socket of this family.
        self.assertIn("AF_UNIX", self.value("RestrictAddressFamilies"))


@unittest.skipIf(BINARY is None, "no program given")
class Configuration(unittest.TestCase):
    def test_is_what_the_program_accepts(self):
        file = os.path.join(ROOT, "deploy/tidemark.toml")
        done = run(BINARY, "config", "check", "--config", file)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_of_the_media_worker_asks_for_columns_that_its_library_has(self):
        with open(os.path.join(ROOT, "deploy/tidemark.toml"), "rb") as file:
            query = tomllib.load(file)["media"]["source"]["query"]
        library = read("deploy/library.sql")
        columns, table = re.fullmatch("SELECT (.*) FROM (.*)", query).groups()
        self.assertIn(f"CREATE TABLE {table} (", library)
        for column in columns.split(", "):
            self.assertRegex(library, rf"(?m)^ +{column.split(' AS ')[0]} ")

    def test_of_the_simulation_is_a_plan_with_a_target(self):
        plan = os.path.join(ROOT, "deploy/simulation.toml")
        done = run(BINARY, "simulate", "check", plan)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("@simulated/", read("deploy/simulation.toml"))


@unittest.skipIf(BINARY is None, "no program given")
class Figures(unittest.TestCase):
    """The alert rules and the board ask for figures that the service has."""

    THRESHOLD = """
        [[threshold]]
        name = "big"
        dataset = "cdn"
        metric = "requests"
        at_least = 1000
        url = "http://127.0.0.1:9/"
        secret_file = "secret"
        """
    ROWS = "site_id,date,bytes_streamed,requests\na,2026-11-01,1,1\nb,2026-11-01,x,1\n"

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("tidemark.toml", cls.THRESHOLD),
                               ("secret", "a secret that both sides know")):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            service = subprocess.Popen(
                [BINARY, "serve", "--answers-only", "--listen", "127.0.0.1:0", "--store",
                 f"sqlite:{folder}/tidemark.db"], cwd=folder, stderr=subprocess.PIPE, text=True)
            try:
                for line in service.stderr:
                    if found := re.search(r"serve.listening url=(\S+)", line):
                        break
                url = found[1]
                stored = urllib.request.Request(
                    f"{url}/v1/datasets/cdn/batches?feed=f&batch_key=k&mode=partial",
                    cls.ROWS.encode(), {"Content-Type": "text/csv"})
                urllib.request.urlopen(stored, timeout=60).close()
                with urllib.request.urlopen(f"{url}/metrics", timeout=60) as answer:
                    cls.samples = answer.read().decode()
            finally:
                service.terminate()
                service.communicate()

    def known(self):
        """Each figure's labels."""
        figures = {}
        for name, labels in re.findall(r"(?m)^(tidemark_\w+)(?:\{(.*)\})? ", self.samples):
            figures.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
        return figures

    def named(self, expression):
        """Figures and the labels by which they are chosen."""
        for name, labels in re.findall(r"(tidemark_\w+)(?:\{([^}]*)\})?", expression):
            yield name, set(re.findall(r"(\w+)\s*[=!]", labels)) - {"instance"}

    def test_rules_ask_for_what_there_is(self):
        rules = read("deploy/alerts.yaml")
        self.assertGreater(rules.count("- alert:"), 5)
        without_words = re.sub(r"(?m)^\s*(summary|description|#).*$", "", rules)
        for name, labels in self.named(without_words):
            self.assertIn(name, self.known())
            self.assertLessEqual(labels, self.known()[name], name)

    def test_rules_are_yaml(self):
        try:
            import yaml
        except ImportError:
            self.skipTest("python3-yaml is not installed")
        for rule in yaml.safe_load(read("deploy/alerts.yaml"))["groups"][0]["rules"]:
            self.assertLessEqual({"alert", "expr", "labels", "annotations"}, set(rule))

    def test_board_asks_for_what_there_is(self):
        board = json.loads(read("deploy/grafana.json"))
        self.assertGreater(len(board["panels"]), 10)
        named = set()
        for panel in board["panels"]:
            for target in panel["targets"]:
                for name, labels in self.named(target["expr"]):
                    named.add(name)
                    self.assertIn(name, self.known(), panel["title"])
                    self.assertLessEqual(labels, self.known()[name], panel["title"])
        # Whoever adds a figure shows it.
        whole = {re.sub("_(bucket|sum|count)$", "", name) for name in self.known()}
        self.assertEqual(whole, {re.sub("_(bucket|sum|count)$", "", name) for name in named})

    def test_all_are_documented(self):
        page = read("docs/http_api.md")
        for name in self.known():
            self.assertIn(re.sub("_(bucket|sum|count)$", "", name), page)


if __name__ == "__main__":
    unittest.main()
