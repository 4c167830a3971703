"""What a manager should know of the plan in force: rules that people who left have made idle."""

from accounts.models import Workspace
from handoff.routing_plans import plan_in_force, rules_of
from handoff.rule_checks import doubts, faults
from handoff.rule_names import RuleNames


def routing_health(workspace: Workspace) -> list[str]:
    """A sentence for each rule in force that can be followed no more, or makes no sense; routing
    goes on to the next rule, so no lead is lost. A handful of queries, none without a plan."""
    rules = rules_of(plan_in_force(workspace))
    if not rules:
        return []
    names = RuleNames(workspace)
    wrong = [
        f"“{found.rule.name}”: {found.text}" for rule in rules for found in faults(rule, names)
    ]
    return [*wrong, *(found.text for found in doubts(rules, names))]
