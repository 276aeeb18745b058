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
    "overall": _("everybody"), "rest": _("all others"), "pool": _("the small groups taken together"),
}  # fmt: skip
#: Code to English sentence. Values stand in braces; `{cases}` is filled from the metric's own row.
MESSAGES: dict[str, str] = {
    "limit.passed": _("All {comparisons} comparisons lie inside the limit, chance included."),
    "limit.passed_point": _("All {comparisons} estimates lie inside the limit. Chance was not taken into account."),
    "limit.failed": _(
        "{group} against {other} lies outside the limit, and chance does not explain it"
        " (shown for {outside} of {comparisons} comparisons)."
    ),
    "limit.failed_point": _(
        "{group} against {other} lies outside the limit ({outside} of {comparisons} estimates)."
        " Chance was not taken into account."
    ),
    "limit.failed_hidden": _(
        "A comparison lies outside the limit, and chance does not explain it. Its groups are too small to print."
    ),
    "limit.failed_point_hidden": _(
        "A comparison lies outside the limit. Its groups are too small to print. Chance was not taken into account."
    ),
    "limit.thin": _("Chance could hide a breach: shown to lie inside the limit are {inside} of {comparisons} comparisons."),
    "limit.beyond": _(
        "The estimate itself lies beyond the limit, but chance could explain it. Shown to lie inside are {inside} of"
        " {comparisons} comparisons."
    ),
    "limit.pooled": _(
        "Small groups are judged as one, and then all {comparisons} comparisons lie inside the limit. But held against all"
        " others by itself, {group} lies outside it, and chance does not explain that."
    ),
    "limit.pooled_hidden": _(
        "Small groups are judged as one, and then all comparisons lie inside the limit. But one of them, held against all"
        " others by itself, lies outside it. It is too small to print."
    ),
    "limit.unknown_rows": _(
        "Of some rows the group is not recorded. If those fall in the worst way, {inside} of {comparisons} comparisons are"
        " shown to lie inside the limit. Without those rows all are."
    ),
    "limit.unknown_breach": _(
        "Without the rows whose group is not recorded, {outside} of {comparisons} comparisons lie outside the limit,"
        " more than chance explains."
        " Only if those rows fall in the most favourable way could the limit hold."
    ),
    "limit.undefined": _(
        "{undefined} of {comparisons} comparisons have nothing to divide by; the others cannot make up for it."
    ),
    "limit.absent": _("{absent} of {declared} declared groups have no rows in the audit part."),
    "limit.small_groups": _("Some groups are too small for this question. Which ones, and what they show, is not printed."),
    "limit.single": _("There is only one group with rows. Nothing can be compared."),
    "limit.heterogeneous": _(
        "All comparisons lie inside the limit when combined, but they differ between the levels of {given}:"
        " one number for all would hide that."
    ),
    "limit.passed_census": _(
        "All {comparisons} comparisons lie inside the limit. The counts are of everybody, so chance plays no part."
    ),
    "limit.failed_census": _(
        "{group} against {other} lies outside the limit ({outside} of {comparisons} comparisons)."
        " The counts are of everybody, so chance plays no part."
    ),
    "counts.pooled": _(
        "Small groups are judged as one, and then all {comparisons} comparisons lie inside the limit. But held against all"
        " others by itself, {group} lies outside it, or may do so where counts are rounded or suppressed, or groups are not"
        " recorded."
    ),
    "counts.hidden_pass": _(
        "As published all comparisons lie inside the limit. But counts are rounded or suppressed, or of people whose group is"
        " not recorded:"
        " in the worst case {inside} of {comparisons} comparisons lie inside."
    ),
    "counts.hidden_fail": _(
        "As published the limit is broken. But counts are rounded or suppressed, or of people whose group is not recorded:"
        " in the mildest case it could hold."
    ),
    "counts.metric": _("The table does not hold the counts that this rate divides."),
    "counts.attribute": _("The table does not divide people by {attributes}."),
    "counts.absent": _("{absent} of {declared} declared groups do not stand in the table."),
    "counts.pool": _("Counts are rounded or suppressed, so that nobody can tell which groups are small enough to be pooled."),
    "counts.spread": _("A spread over groups can only be judged on exact counts of a sample."),
    "areas.apart": _("An area is one row here: it is chosen or it is not. Two areas have no rates that could be compared."),
    "spread.passed": _("Over {groups} groups the rate spreads less than the limit, chance included, and no group stands out."),
    "spread.failed": _("The rate spreads over the groups more than the limit allows, and chance does not explain it."),
    "spread.flagged": _("{flagged} of {groups} groups stand out from the rest more than chance explains."),
    "spread.thin": _("Over {groups} groups chance could hide a spread beyond the limit."),
    "spread.unknown": _(
        "If the rows whose group is not recorded fell in the worst way, the rate could spread beyond the limit."
    ),
    "spread.unseen": _(
        "No group stands out, and the rate spreads less than the limit. But the policy asks more: in a group of more than"
        " {most} cases a harm of {times} times could have gone unseen."
    ),
    "spread.undefined": _("For {undefined} of {groups} groups, or for all together, there is nothing to divide by."),
    "spread.few": _("There are {groups} groups; a spread can be judged from {fewest} groups on."),
    "rung.not_reached": _("An earlier question of the ladder is not answered yet, so this one does not count."),
    "remedy.none": _("Nothing is needed."),
    "remedy.cases": _(
        "In each group about {needed} {cases} would show it if the groups truly do not differ,"
        " and about {needed_half} if they differ by half the limit."
    ),
    "remedy.cases_weighted": _(
        "With weights as unequal as these, in each group about {needed} {cases} would show it if the groups truly do not"
        " differ, and about {needed_half} if they differ by half the limit. Fewer will do if more of them are of the kind"
        " that weighs most."
    ),
    "remedy.beyond": _(
        "The groups do differ, so more data of the same kind will hardly pass this. The model, its features or its"
        " threshold has to change, or the committee sets another limit for a new audit."
    ),
    "remedy.look": _(
        "Let people who know these groups look into them. Audit again once it is understood, or change the model."
    ),
    "remedy.pooled": _("Judge this group by itself: lower pool_under, or find out what the model does to it."),
    "remedy.unseen": _(
        "With about {needed} {cases} in each of these groups, the harm would have been found four times out of five. Or join"
        " small groups beforehand."
    ),
    "remedy.unseen_never": _("However many {cases} a group has, this question would not find the harm. Ask for less spread."),
    "remedy.strata": _("Judge the limit at each level by itself, or choose another control column."),
    "remedy.finer": _("Ask the publisher for counts that are rounded less, or for larger groups."),
    "remedy.table": _("Ask for a table that holds these counts; table_shell() writes an empty one."),
    "remedy.truth": _("Hand in a column that says for each area whether it was so."),
    "remedy.areas": _("Compare the people who live in the areas, by their group."),
    "remedy.few": _("Compare the groups pair by pair instead."),
    "remedy.rung": _("Answer the earlier question first."),
    "remedy.change": _("Change the model, its features or its threshold, and audit the new model."),
    "remedy.private": _("The private edition of the evidence holds the counts of the groups that are too small to print."),
    "remedy.record_groups": _("Record the group for more rows, or set the limit on an attribute with fewer gaps."),
    "remedy.cases_undefined": _(
        "Gather {cases} in every group, or judge the limit on larger groups that are declared beforehand."
    ),
    "remedy.absent": _("Find out why these groups have no rows, or take them out of the contract with a reason."),
    "linking.groups_passed": _("No group is lost in linking more often than the others, chance included."),
    "linking.groups_failed": _(
        "In linking with {source} this group is lost more often than the others: {group} ({attributes}),"
        " {lost} of {rows} rows, against {rest_lost} of {rest_rows}. Groups that stand out like this: {named}."
    ),
    "linking.groups_hidden": _(
        "In linking with {source} {named} groups are lost more often than the others. They are too small to print."
    ),
    "linking.groups_thin": _(
        "In linking with {source} {groups} groups are so small that chance could hide that they are lost more often."
    ),
    "linking.groups_unmeasured": _(
        "Who is lost in linking with {source} is not known by {attributes}: the source itself says who belongs to which group."
    ),
    "linking.share_passed": _(
        "{linked} of {rows} rows have a partner in every source, and each source has the share expected."
    ),
    "linking.share_failed": _("{linked} of {rows} rows have a partner in {source}. The expected share was {expected}."),
    "linking.age_passed": _("The newest record of every source is as young as declared."),
    "linking.age_failed": _("The newest record of {source} is {days} days old. At most {most} days are declared."),
    "linking.age_unknown": _("How old the newest record of {source} is, is not known."),
    "linking.unseen": _("The data came with {source} linked already. Who was lost in linking is not known."),
    "linking.remedy_groups": _(
        "Find out why keys of this group do not match (spelling, moves, date of the extract), mend the source and link again."
    ),
    "linking.remedy_thin": _("Link more rows, or join small groups upwards beforehand."),
    "linking.remedy_unmeasured": _("Hand in the group with the base table, or with another source."),
    "linking.remedy_share": _(
        "Find out which keys do not match and mend them, or agree with the committee on another expected share."
    ),
    "linking.remedy_age": _("Ask for a new extract."),
    "linking.remedy_unseen": _("Hand in the sources by themselves, so that linking is measured."),
}


def add_messages(more: Mapping[str, str]) -> None:
    """Let findings say `more` as well, code to English sentence; ValueError where a code would say two things."""
    twice = [code for code, sentence in more.items() if MESSAGES.get(code, sentence) != sentence]
    if twice:
        raise ValueError(f"these messages say something else already: {', '.join(twice)}")
    MESSAGES.update(more)


#: The same sentences where there is one comparison only.
SINGLE: dict[str, str] = {
    "limit.passed": _("The only comparison lies inside the limit, chance included."),
    "limit.passed_point": _("The only estimate lies inside the limit. Chance was not taken into account."),
    "limit.passed_census": _(
        "The only comparison lies inside the limit. The counts are of everybody, so chance plays no part."
    ),
    "limit.failed": _("{group} against {other}, the only comparison, lies outside the limit. Chance does not explain it."),
    "limit.failed_point": _(
        "{group} against {other}, the only comparison, lies outside the limit. Chance was not taken into account."
    ),
    "limit.failed_census": _(
        "{group} against {other}, the only comparison, lies outside the limit. The counts are of everybody, so chance plays"
        " no part."
    ),
    "limit.thin": _("Chance could hide a breach: the only comparison is not shown to lie inside the limit."),
    "limit.beyond": _(
        "The estimate of the only comparison lies beyond the limit, but chance could explain it. It is not shown to lie inside."
    ),
    "limit.pooled": _(
        "Small groups are judged as one, and then the only comparison lies inside the limit. But held against all others by"
        " itself, {group} lies outside it, and chance does not explain that."
    ),
    "limit.undefined": _("The only comparison has nothing to divide by."),
    "limit.unknown_rows": _(
        "Of some rows the group is not recorded. If those fall in the worst way, the only comparison is not shown to lie"
        " inside the limit. Without those rows it is."
    ),
    "limit.unknown_breach": _(
        "Without the rows whose group is not recorded, the only comparison lies outside the limit, more than chance explains."
        " Only if those rows fall in the most favourable way could the limit hold."
    ),
}  # fmt: skip


def sentence(code: str, comparisons: object = None) -> str:
    """Return the English sentence of `code`; of one comparison it does not speak as of many.

    Examples
    --------
    >>> sentence("limit.passed", 1)
    'The only comparison lies inside the limit, chance included.'
    """
    return SINGLE.get(code, MESSAGES[code]) if comparisons == 1 else MESSAGES[code]
