"""Every sentence a finding can say, by code. Documents translate them; the English is the message id.

Here stand those of limits and of linking. Controls bring their own: whoever reads findings of controls imports their catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping


def _(message: str) -> str:
    """Mark a sentence for the message catalogues."""
    return message


#: What a side of a comparison that is no group by name is called.
NO_GROUP: dict[str, str] = {
    "overall": _("everybody"), "rest": _("all others"), "pool": _("the small groups together"),
}  # fmt: skip
#: Code to English sentence. Values stand in braces; `{cases}` is filled from the metric's own row.
MESSAGES: dict[str, str] = {
    "limit.passed": _("All {comparisons} comparisons are within the limit, even allowing for chance."),
    "limit.passed_point": _("All {comparisons} estimates are within the limit. Chance was not taken into account."),
    "limit.failed": _(
        "{group} compared with {other} is outside the limit, and chance does not explain it (shown for {outside} of"
        " {comparisons} comparisons)."
    ),
    "limit.failed_point": _(
        "{group} compared with {other} is outside the limit ({outside} of {comparisons} estimates). Chance was not taken into"
        " account."
    ),
    "limit.failed_hidden": _(
        "At least one comparison is outside the limit, and chance does not explain it. The numbers that decide are not"
        " printed, as a small count could be worked out from them."
    ),
    "limit.failed_units": _(
        "At least one comparison is outside the limit, and chance does not explain it. The numbers that show it are not"
        " printed: they would say how few people share a household or another unit."
    ),
    "limit.failed_point_hidden": _(
        "At least one comparison is outside the limit. The numbers that decide are not printed, as a small count could be"
        " worked out from them. Chance was not taken into account."
    ),
    "limit.thin": _("Chance could hide a breach: {inside} of {comparisons} comparisons are shown to be within the limit."),
    "limit.beyond": _(
        "The estimate itself is beyond the limit, but chance could explain it. {inside} of {comparisons} comparisons are"
        " shown to be within the limit."
    ),
    "limit.pooled": _(
        "With small groups judged together, all {comparisons} comparisons are within the limit. But {group}, compared with"
        " all others on its own, is outside it, and chance does not explain that."
    ),
    "limit.pooled_hidden": _(
        "With small groups judged together, all comparisons are within the limit. But one of the small groups, compared with"
        " all others on its own, is outside it. It is too small to print."
    ),
    "limit.unknown_rows": _(
        "The group is not recorded for some rows. In the worst case for those rows, {inside} of {comparisons} comparisons are"
        " shown to be within the limit. Without those rows, all are."
    ),
    "limit.unknown_breach": _(
        "Without the rows whose group is not recorded, {outside} of {comparisons} comparisons are outside the limit by more"
        " than chance explains. The limit could hold only in the most favourable case for those rows."
    ),
    "limit.undefined": _(
        "{undefined} of {comparisons} comparisons have nothing to divide by. The others cannot make up for that."
    ),
    "limit.absent": _("{absent} of {declared} declared groups have no rows in the audit part."),
    "limit.small_groups": _(
        "Some groups are too small for this question. Which groups they are, and what they show, is not printed."
    ),
    "limit.single": _("There is only one group with rows. Nothing can be compared."),
    "limit.heterogeneous": _(
        "Taken together, all comparisons are within the limit. But they differ between the levels of {given}: one number for"
        " all would hide that."
    ),
    "limit.passed_census": _(
        "All {comparisons} comparisons are within the limit. The counts cover everybody, so chance plays no part."
    ),
    "limit.failed_census": _(
        "{group} compared with {other} is outside the limit ({outside} of {comparisons} comparisons). The counts cover"
        " everybody, so chance plays no part."
    ),
    "counts.pooled": _(
        "With small groups judged together, all {comparisons} comparisons are within the limit. But {group}, compared with"
        " all others on its own, is outside it, or may be: counts are rounded or suppressed, or groups are not recorded."
    ),
    "counts.hidden_pass": _(
        "According to the published counts, all comparisons are within the limit. But counts are rounded or suppressed, or"
        " cover people whose group is not recorded. In the worst case, {inside} of {comparisons} comparisons are within the"
        " limit."
    ),
    "counts.hidden_fail": _(
        "According to the published counts, the limit is broken. But counts are rounded or suppressed, or cover people whose"
        " group is not recorded. In the mildest case, the limit could hold."
    ),
    "counts.metric": _("The table does not contain the counts that this rate needs."),
    "counts.attribute": _("The table is not broken down by {attributes}."),
    "counts.absent": _("{absent} of {declared} declared groups are not in the table."),
    "counts.pool": _("Counts are rounded or suppressed, so nobody can tell which groups are small enough to pool."),
    "counts.spread": _("A spread across groups can only be judged from exact counts of a sample."),
    "areas.apart": _("An area is one row here, selected or not. So two areas have no rates to compare."),
    "spread.passed": _(
        "Across {groups} groups, the rate spreads less than the limit, even allowing for chance, and no group stands out."
    ),
    "spread.failed": _("The rate spreads across the groups more than the limit allows, and chance does not explain it."),
    "spread.flagged": _("{flagged} of {groups} groups stand out from the rest by more than chance explains."),
    "spread.thin": _("Across {groups} groups, chance could hide a spread beyond the limit."),
    "spread.unknown": _("In the worst case for the rows whose group is not recorded, the rate could spread beyond the limit."),
    "spread.unseen": _(
        "No group stands out, and the rate spreads less than the limit. But the policy asks for more: in a group of more than"
        " {most} cases, a {times}-fold harm could have gone unseen."
    ),
    "spread.undefined": _("For {undefined} of {groups} groups, or for all groups together, there is nothing to divide by."),
    "spread.few": _("There are {groups} groups. A spread can be judged with {fewest} groups or more."),
    "rung.not_reached": _("An earlier question of the ladder has not been answered yet, so this one does not count."),
    "remedy.none": _("Nothing is needed."),
    "remedy.cases": _(
        "Each group needs about {needed} {cases} to show this if the groups truly do not differ. If they differ by half the"
        " limit, each needs about {needed_half}."
    ),
    "remedy.cases_weighted": _(
        "The weights are unequal. Each group therefore needs about {needed} {cases} to show this if the groups truly do not"
        " differ, and about {needed_half} if they differ by half the limit. Fewer are enough if more of them are of the kind"
        " that weighs most."
    ),
    "remedy.beyond": _(
        "Groups do differ, by more than chance explains. Only whether they differ by more than the limit is uncertain. The"
        " estimate is beyond it, so more data of the same kind will sooner show a breach than pass this. Change the model, its"
        " features or its threshold, and audit the new model."
    ),
    "remedy.look": _(
        "Let people who know these groups examine them. Audit again once the reason is clear, or change the model."
    ),
    "remedy.pooled": _("Judge this group separately: lower pool_under, or find out what the model does to it."),
    "remedy.unseen": _(
        "With about {needed} {cases} in each of these groups, four out of five audits would have found the harm."
    ),
    "remedy.unseen_never": _(
        "However many {cases} a group has, this question would not find the harm. Set a tighter limit on the spread."
    ),
    "remedy.strata": _("Judge the limit at each level separately, or choose another control column."),
    "remedy.finer": _("Ask the publisher for counts with less rounding, or for larger groups."),
    "remedy.table": _("Ask for a table with these counts; table_shell() writes an empty one."),
    "remedy.truth": _("Supply a column that says for each area whether the outcome occurred."),
    "remedy.areas": _("Compare the people who live in the areas, by group."),
    "remedy.few": _("Compare the groups in pairs instead."),
    "remedy.rung": _("Answer the earlier question first."),
    "remedy.change": _("Change the model, its features or its threshold, and audit the new model."),
    "remedy.private": _("The private edition of the evidence contains the counts of groups that are too small to print."),
    "remedy.record_groups": _("Record the group for more rows."),
    "remedy.cases_undefined": _("Collect {cases} in every group, or judge the limit on larger groups declared beforehand."),
    "remedy.absent": _("Find out why these groups have no rows, or take them out of the contract with a reason."),
    "linking.groups_passed": _("No group loses rows in linking more often than the others, even allowing for chance."),
    "linking.groups_failed": _(
        "In linking with {source}, this group loses rows more often than the others: {group} ({attributes}), {lost} of {rows}"
        " rows, against {rest_lost} of {rest_rows}. Number of groups that stand out like this: {named}."
    ),
    "linking.groups_hidden": _(
        "In linking with {source}, {named} groups lose rows more often than the others. Their counts are too small to print, or"
        " would give away others that are."
    ),
    "linking.groups_thin": _(
        "In linking with {source}, {groups} groups are so small that chance could hide that they lose rows more often."
    ),
    "linking.groups_unmeasured": _(
        "It is not known, by {attributes}, who is lost in linking with {source}: the source itself says who belongs to which"
        " group."
    ),
    "linking.share_passed": _(
        "{linked} of {rows} rows have a match in every source, and each source reaches the expected share."
    ),
    "linking.share_failed": _("{linked} of {rows} rows have a match in {source}. The expected share was {expected}."),
    "linking.age_passed": _("The newest record of every source is as recent as declared."),
    "linking.age_failed": _("The newest record of {source} is {days} days old. The declared maximum is {most} days."),
    "linking.age_unknown": _("It is not known how old the newest record of {source} is."),
    "linking.unseen": _("The data came with {source} already linked. It is not known who was lost in linking."),
    "linking.remedy_groups": _(
        "Find out why keys of this group do not match (spelling, moves, date of the extract). Fix the source and link again."
    ),
    "linking.remedy_thin": _("Link more rows, or merge small groups into larger ones beforehand."),
    "linking.remedy_unmeasured": _("Supply the group with the base table, or with another source."),
    "linking.remedy_share": _(
        "Find out which keys do not match and fix them, or agree another expected share with the committee."
    ),
    "linking.remedy_age": _("Ask for a new extract."),
    "linking.remedy_unseen": _("Supply the sources separately, so that linking can be measured."),
}


def add_messages(more: Mapping[str, str]) -> None:
    """Let findings say `more` as well, code to English sentence; ValueError where a code would say two things."""
    twice = [code for code, sentence in more.items() if MESSAGES.get(code, sentence) != sentence]
    if twice:
        raise ValueError(f"these messages say something else already: {', '.join(twice)}")
    MESSAGES.update(more)


#: The same sentences where there is one comparison only.
SINGLE: dict[str, str] = {
    "limit.passed": _("The only comparison is within the limit, even allowing for chance."),
    "limit.passed_point": _("The only estimate is within the limit. Chance was not taken into account."),
    "limit.passed_census": _(
        "The only comparison is within the limit. The counts cover everybody, so chance plays no part."
    ),
    "limit.failed": _("{group} compared with {other}, the only comparison, is outside the limit. Chance does not explain it."),
    "limit.failed_point": _(
        "{group} compared with {other}, the only comparison, is outside the limit. Chance was not taken into account."
    ),
    "limit.failed_census": _(
        "{group} compared with {other}, the only comparison, is outside the limit. The counts cover everybody, so chance"
        " plays no part."
    ),
    "limit.thin": _("Chance could hide a breach: the only comparison is not shown to be within the limit."),
    "limit.beyond": _(
        "The estimate of the only comparison is beyond the limit, but chance could explain it. It is not shown to be within"
        " the limit."
    ),
    "limit.pooled": _(
        "With small groups judged together, the only comparison is within the limit. But {group}, compared with all others on"
        " its own, is outside it, and chance does not explain that."
    ),
    "limit.undefined": _("The only comparison has nothing to divide by."),
    "limit.unknown_rows": _(
        "The group is not recorded for some rows. In the worst case for those rows, the only comparison is not shown to be"
        " within the limit. Without those rows, it is."
    ),
    "limit.unknown_breach": _(
        "Without the rows whose group is not recorded, the only comparison is outside the limit by more than chance explains."
        " The limit could hold only in the most favourable case for those rows."
    ),
}  # fmt: skip


def sentence(code: str, comparisons: object = None) -> str:
    """Return the English sentence of `code`; of one comparison it does not speak as of many.

    Examples
    --------
    >>> sentence("limit.passed", 1)
    'The only comparison is within the limit, even allowing for chance.'
    """
    return SINGLE.get(code, MESSAGES[code]) if comparisons == 1 else MESSAGES[code]
