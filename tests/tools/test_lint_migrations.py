"""tools/lint-migrations on alembic scripts written for the purpose."""
import json
import pathlib
import subprocess
import tempfile
import textwrap
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "lint-migrations"
HEAD = "from alembic import op\nimport sqlalchemy as sa\nrevision = '{}'\ndown_revision = '{}'\n\n"


class LintMigrations(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.old, self.new = pathlib.Path(folder.name) / "old", pathlib.Path(folder.name) / "new"
        for site in (self.old, self.new):
            self.write(site, "base", "def upgrade():\n    op.drop_table('long_ago')\n")

    def write(self, site, revision, body, branch="expand"):
        path = site / "alpha" / "db" / "migrations" / "versions" / "2.0" / branch / f"{revision}_change.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD.format(revision, "base") + textwrap.dedent(body))

    def lint(self, *arguments):
        answer = subprocess.run([TOOL, "--old", self.old, "--new", self.new, "--json", *arguments], capture_output=True, text=True)
        return answer.returncode, json.loads(answer.stdout) if answer.stdout else answer.stderr

    def whats(self, body, branch="expand"):
        self.write(self.new, "fresh", body, branch)
        return [finding["what"] for finding in self.lint()[1]]

    def test_what_both_releases_have_is_not_looked_at(self):
        self.assertEqual(self.lint(), (0, []))

    def test_new_tables_columns_and_indexes_are_additive(self):
        self.assertEqual(self.whats("""
            def upgrade():
                op.create_table('t', sa.Column('id', sa.Integer, nullable=False))
                op.create_unique_constraint('u', 't', ['id'])
                op.alter_column('t', 'id', nullable=False)
                op.add_column('old', sa.Column('c', sa.Integer))
                op.add_column('old', sa.Column('d', sa.Integer, nullable=False, server_default='0'))
                op.create_index('i', 'old', ['c'])
            """), [])

    def test_each_kind_of_operation_that_old_code_notices_is_found(self):
        for call, what in {
            "op.drop_column('t', 'c')": "drops a column of t", "op.drop_table('t')": "drops a table of t",
            "op.alter_column('t', 'c', type_=sa.Enum('A', 'B'))": "alters a column of t", "op.rename_table('t', 'u')": "renames a table of t",
            "op.create_unique_constraint('u', 't', ['c'])": "adds a unique constraint of t",
            "op.create_index('i', 't', ['c'], unique=True)": "adds a unique index to t",
            "op.add_column('t', sa.Column('c', sa.Integer, nullable=False))": "adds a column that old code does not fill to t",
            "op.execute('DELETE FROM t')": "runs DELETE FROM t",
            "op.execute(f'ALTER TABLE {T} CONVERT TO CHARACTER SET utf8mb4')": "runs ALTER TABLE {} CONVERT TO CHARACTER SET utf8mb4",
        }.items():
            with self.subTest(call):
                self.assertEqual(self.whats(f"T = 't'\ndef upgrade():\n    {call}\n"), [what])

    def test_functions_that_upgrade_calls_are_followed_and_others_are_not(self):
        self.assertEqual(self.whats("""
            def upgrade():
                helper()
            def helper():
                op.drop_column('t', 'c')
            def downgrade():
                op.drop_table('t')
            """), ["drops a column of t"])

    def test_batches_and_updates_through_the_connection_are_found(self):
        self.assertEqual(self.whats("""
            t = sa.table('t')
            def upgrade():
                with op.batch_alter_table('t') as batch:
                    batch.alter_column('c', nullable=False)
                op.get_bind().execute(t.update().values(c=1))
            """), ["alters a column of t", "writes rows (update)"])

    def test_a_looser_column_is_additive(self):
        self.assertEqual(self.whats("def upgrade():\n    op.alter_column('t', 'c', nullable=True, existing_type=sa.Integer)\n"), [])

    def test_contract_branches_may_do_anything(self):
        self.assertEqual(self.whats("def upgrade():\n    op.drop_table('t')\n", "contract"), [])

    def test_an_unknown_finding_stops_and_a_known_one_does_not(self):
        self.write(self.new, "fresh", "def upgrade():\n    op.drop_table('t')\n")
        self.assertEqual(self.lint()[0], 2)
        self.write(self.new, "b1bca967e19d", "def upgrade():\n    op.drop_table('t')\n")
        (self.new / "alpha" / "db" / "migrations" / "versions" / "2.0" / "expand" / "fresh_change.py").unlink()
        code, found = self.lint("--hop", "2025.1-2026.1")
        self.assertEqual((code, [finding["hazard"] for finding in found]), (0, ["neutron-segment-ranges-unique"]))

    def test_a_script_that_is_no_python_is_an_error_of_its_own(self):
        self.write(self.new, "fresh", "def upgrade(:\n")
        self.assertEqual(self.lint()[0], 3)


if __name__ == "__main__":
    unittest.main()
