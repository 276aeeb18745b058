"""Every sentence a finding can say, by code. Documents translate them; the English is the message id."""

from __future__ import annotations


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
    "control.R01.passed": _("No feature of the model is declared to be of a special category."),
    "control.R01.predictions": _("Only predictions were handed in; which columns the model uses is not known."),
    "control.R01.remedy_predictions": _("Ask the provider of the model for the list of its inputs, or for the model file."),
    "control.R02.passed": _(
        "On rows it was not learnt from, no feature, and no two together, tell almost perfectly who is of a group."
    ),
    "control.R02.failed": _(
        "These features tell almost perfectly who belongs to a group, so the model can tell the group by them: {told}."
    ),
    "control.R02.thin": _("Too few rows to measure whether features tell who belongs to a group: {columns}."),
    "control.R02.predictions": _("Only predictions were handed in. What the model's features tell of groups is not known."),
    "control.R02.remedy": _("Leave these features out, or make them so coarse that they tell no group."),
    "control.R02.remedy_thin": _("Hand in more rows, or join small groups upwards beforehand."),
    "control.R01.failed": _("The model uses columns of a special category: {columns}."),
    "control.R01.remedy": _("Give these columns the role sensitive, or leave them out."),
    "control.R04.passed": _(
        "Every feature has a source with owner, original purpose, legal basis, retention, last check and error rate."
    ),
    "control.R04.passed_predictions": _(
        "Every column of this audit has a source with owner, original purpose, legal basis, retention, last check and error"
        " rate."
    ),
    "control.R04.open_predictions": _("Open facts about the sources of this audit: {facts}."),
    "control.R04.open": _("Open facts about the sources of features: {facts}."),
    "control.R04.guessed": _("What these are was guessed from the data, and nobody has confirmed it: {columns}."),
    "control.R04.confirm": _("Check each of them in contract.yaml, and take its name out of unconfirmed."),
    "control.R04.positive": _("Nobody has said which value of {column} the model is to find."),
    "control.R04.remedy_positive": _("Write it in contract.yaml, as positive of that column."),
    "control.R04.remedy": _("Fill in these facts under sources in contract.yaml."),
    "control.R16.passed": _("Rows with the same key never stand in two parts: fit, develop and audit share no key."),
    "control.R16.cross_fit": _("Every row was scored by a model that was fitted without its unit: the folds share none."),
    "control.R16.failed": _("{overlap} units stand both in the training rows and in the audit part."),
    "control.R16.unknown": _(
        "Without a unit column nobody can tell whether one person stands in two parts; {duplicates} rows equal another row."
    ),
    "control.R16.predictions": _("Only predictions were handed in; which rows the model was trained on is not known."),
    "control.R16.model": _(
        "The model was fitted before it was handed in."
        " Whether rows of this audit are among those it was fitted on is not known."
    ),
    "control.R16.remedy": _("Declare a column of role unit: a pseudonymous key of the person or household."),
    "control.R16.remedy_predictions": _("Ask the provider of the model for the keys of its training rows."),
    "control.R17.passed": _(
        "On rows it was not learnt from, no feature, and no two together, tell the outcome almost perfectly."
    ),
    "control.R17.failed": _(
        "These features tell the outcome almost perfectly, so they may be made from it, or be known only after it: {told}."
    ),
    "control.R17.thin": _("Too few rows of one of the two outcomes to measure whether a feature gives it away: {columns}."),
    "control.R17.predictions": _("Only predictions were handed in. Whether a feature gives the outcome away is not known."),
    "control.R17.remedy": _(
        "Find out when and from what each of these features is made, and leave out what comes after the outcome."
    ),
    "control.R17.remedy_thin": _("Hand in more rows with either outcome."),
    "control.R22.rows": _(
        "Policy, contract, charter and audit rows were registered before the model was trained, and are still the same."
    ),
    "control.R22.rules": _(
        "Policy, contract and charter were registered before the model was trained, and are still the same."
        " Which rows are audited follows from them."
    ),
    "control.R22.rows_predictions": _(
        "Policy, contract, charter and audit rows were registered before the first look at these rows, and are still the same."
    ),
    "control.R22.rules_predictions": _(
        "Policy, contract and charter were registered before the first look at these rows, and are still the same."
    ),
    "control.R22.concept": _(
        "These figures are of the develop part. The audit part is closed: it opens once the rules are confirmed and registered."
    ),
    "control.R22.none": _("Nothing was registered beforehand. Limits may have been chosen after a result was seen."),
    "control.R22.edited": _("What was registered beforehand is another policy, contract or charter than this audit used."),
    "control.R22.after_look": _("The policy was registered after somebody had looked at these rows."),
    "control.R22.after_training": _("The policy was registered after the training of this model had begun."),
    "control.R22.other_rows": _("The rows of this audit are not the ones that were registered beforehand."),
    "control.R22.remedy": _(
        "Register policy, contract and charter with smartstart-gov seal, train after that, and audit the new model."
    ),
    "control.R22.remedy_new": _("Register the rules first, and audit on rows that nobody has looked at."),
    "control.R29.first": _("The log knows of no version that was audited before this one, so nothing can have gone since."),
    "control.R29.passed": _("Every group, column, limit and metric of version {version} is still there."),
    "control.R29.owned": _("What version {version} had and this one has not, somebody answers for."),
    "control.R29.gone": _("Gone since the last version, and nobody answers for it: {omitted}."),
    "control.R29.gone_remedy": _(
        "Put it back, or write it under left_out in policy.yaml, with a reason and who answers for it."
    ),
    "control.R29.unreadable": _(
        "Version {version} was audited before this one, and its evidence is gone or does not hold."
        " Nobody can say what has gone since."
    ),
    "control.R29.unreadable_remedy": _(
        "Restore its folder and audit again, or write the version under left_out in policy.yaml, with a reason and who answers"
        " for it."
    ),
    "control.R30.passed": _("The policy limits both errors: false alarms and missed cases."),
    "control.R30.owned": _("The policy limits one of the two errors. Why not the other, somebody has written down."),
    "control.R30.selection": _("The policy limits selection, and neither of the two errors."),
    "control.R30.none": _("The policy has no limit on an error or on selection that can stop a model."),
    "control.R30.one_side": _("Of the two errors the policy limits only one, and nobody says why. Not limited: {omitted}."),
    "control.R30.remedy": _("Add a limit on the other error, or write that side under left_out in policy.yaml, with a reason."),
    "control.R31.passed": _(
        "For every audited attribute there is a limit that can stop a release, or somebody answers for its absence."
    ),
    "control.R31.nothing": _(
        "No limit on selection or on an error can stop this model: limits only warn, or hardly any data could break them."
    ),
    "control.R31.attributes": _("By these attributes no limit on selection or on an error can stop this model: {columns}."),
    "control.R31.unaudited": _("The contract has sensitive columns that the policy does not audit: {columns}."),
    "control.R31.remedy_unaudited": _(
        "Add them to attributes in policy.yaml, with a limit, or write them under left_out (what: column), with a reason."
    ),
    "control.R31.remedy": _(
        "Write a limit on the selection rate or an error rate with severity block, at most half and preferably far under it."
    ),
    "control.R31.remedy_attributes": _(
        "Write such a limit by each of them, or write them under left_out in policy.yaml (what: limits), with a reason."
    ),
    "control.R58.passed": _("Some are selected and some are not, in all and in every group that a limit is on."),
    "control.R58.nobody": _(
        "Nobody is selected. A model that selects nobody makes equal errors for all, and that shows nothing."
    ),
    "control.R58.everybody": _(
        "Everybody is selected. A model that selects all makes equal errors for all, and that shows nothing."
    ),
    "control.R58.group": _(
        "In groups by these attributes nobody is selected, or everybody, and chance does not explain it: {columns}."
    ),
    "control.R58.remedy": _("Choose a threshold that lies among the scores, or another model."),
    "control.R58.remedy_group": _("Find out why, and change the model, its features or its threshold."),
    "control.R36.passed": _("No part of the model was found to keep rows of the training data."),
    "control.R36.failed": _("These steps keep rows of the training data inside the model: {steps}."),
    "control.R36.predictions": _("Only predictions were handed in; the model file has not been seen."),
    "control.R36.model": _(
        "No step is of a kind that keeps rows. But how many rows the model was fitted on is not known, so a table that it keeps"
        " cannot be recognised."
    ),
    "control.R36.remedy_model": _("Train the model with this library, or ask its maker what its file holds."),
    "control.R36.remedy": _("Use an estimator that does not store rows."),
    "control.R36.remedy_predictions": _("Ask the provider for the model file, or for a statement of what it stores."),
    "control.R37.passed": _("No column contradicts the level that the contract declares ({level})."),
    "control.R37.failed": _("The contract declares {level}, but the unit column distinguishes persons or households."),
    "control.R37.remedy": _("Aggregate to the declared level, or declare the level at which the model speaks."),
    "control.R40.passed": _("What a high score leads to is declared, and also that it cannot force anybody."),
    "control.R40.based": _("A high score may lead to measures against somebody's will; the legal basis for that is declared."),
    "control.R40.failed": _(
        "A high score may lead to an investigation, a refusal or measures against somebody's will,"
        " and no legal basis is declared."
    ),
    "control.R40.open": _("What a high score leads to, or whether it may force somebody, is not declared."),
    "control.R40.fill_in": _("Fill in effect and coercive in charter.yaml."),
    "control.R40.remedy": _("Declare legal_basis in charter.yaml, or limit the effect to an offer of help."),
    "control.R42.passed": _("It is declared who decides, and with what power to deviate from the model."),
    "control.R42.open": _("Who decides, and with what power to deviate from the model, is not declared."),
    "control.R42.remedy": _("Fill in oversight in charter.yaml."),
    "control.R23.passed": _("The threshold has an owner and a reason."),
    "control.R23.open": _("Who chose the threshold, or why, is not declared."),
    "control.R23.remedy": _("Fill in threshold.chosen_by and threshold.reason in policy.yaml."),
    "control.R46.passed": _("What the model relies on is shown, feature by feature, and adds up to its output."),
    "control.R46.open": _("What the model relies on could not be shown in a way that adds up to its output."),
    "control.R46.predictions": _("Only predictions were handed in; what the model relies on has not been seen."),
    "control.R46.remedy": _("Use an estimator whose output the explanation can account for."),
    "control.R50.passed": _("The model file can be opened again by an auditor, with trusted types only."),
    "control.R50.failed": _("The model file holds types that will not be opened: {types}."),
    "control.R50.predictions": _("Only predictions were handed in; there is no model file to open."),
    "control.R50.no_file": _("The model cannot be stored as a file that an auditor can open, so there is none."),
    "control.R50.remedy": _(
        "Build the model from classes on the published list. Where the types named belong to one of its steps, take"
        " another step or setting, like algorithm='brute' for nearest neighbours. Or let the committee list a class of its own"
        " in policy.yaml (trusted_types)."
    ),
    "control.R52.passed": _("An end date, stop criteria and the deletion of data and model are declared."),
    "control.R52.open": _(
        "Of the end date, the stop criteria and the deletion of data and model, at least one is not declared."
    ),
    "control.R52.remedy": _("Fill in exit in charter.yaml."),
    "control.R57.none": _(
        "{duplicates} of {rows} rows say the same as another row, which is to be expected of columns with so few answers."
    ),
    "control.R57.passed": _(
        "{duplicates} of {rows} rows say the same as another row, {copies} more than is to be expected of these columns. So few"
        " do not change what is shown."
    ),
    "control.R57.copies": _(
        "{duplicates} of {rows} rows say the same as another row, and that is not to be expected of these columns: {copies} are"
        " copies. In all rows or in one group, {share} % are copies. Counting somebody twice shows nothing."
    ),
    "control.R57.remedy": _("Hand in each person's row once, under one key, and audit that."),
}
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
