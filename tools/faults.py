"""Ask of every kind of fault that once was, whether it is still held off: ``make faults``.

One line a kind. Each is pinned by tests of the suite; this list only says which, so that it cannot grow old: a test that was
renamed or taken away is a failure here, and in `tests/house`. At the end small bugs are planted, one by one, and the tests
beside them have to notice.
"""

from __future__ import annotations

import argparse
import functools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tools.mutants import KILLED, ROOT, _imported, _pool, source
from tools.mutations import Mutation

#: What must never be, and the tests that see to it.
FAULTS: dict[str, tuple[str, ...]] = {
    "a model that selects nobody is released": (
        "tests/release/test_unsafe.py::test_a_model_that_selects_nobody_is_not",
    ),
    "a model that selects so few that no limit could be broken is released": (
        "tests/release/test_unsafe.py::test_nor_one_that_selects_a_single_case",
        "tests/judgement/test_selection.py::test_so_few_that_half_of_all_could_have_none_by_chance_are_told",
    ),
    "a model that is given the outcome is released": (
        "tests/release/test_unsafe.py::test_nor_one_that_is_given_the_outcome",
        "tests/training/test_telling.py::test_what_tells_almost_perfectly_is_found",
    ),
    "a leak through three features, which no pair tells, passes": (
        "tests/release/test_unsafe.py::test_nor_one_that_is_given_the_outcome_in_three_parts",
        "tests/training/test_telling.py::test_scores_that_rank_the_outcome_almost_perfectly_are_said_to",
        "tests/training/test_telling.py::test_what_tells_almost_perfectly_is_found",
    ),
    "amounts, dates, errors or letters that are not read become text, gaps or a thousandth": (
        "tests/intake/test_office_files.py::test_what_could_mean_two_things_is_asked_by_column_and_never_text",
        "tests/intake/test_office_files.py::test_an_error_of_a_formula_is_no_gap",
        "tests/intake/test_office_files.py::test_letters_of_another_page_are_not_read_as_those_of_windows_1252",
        "tests/intake/test_office_files.py::test_days_and_decimals_of_a_database_are_read_as_what_they_are",
    ),
    "a ground that the law protects is a feature like any other": (
        "tests/intake/test_inference.py::test_what_the_law_protects_is_known_by_its_names",
        "tests/intake/test_inference.py::test_a_column_of_ones_for_women_is_not_labelled_as_if_one_were_men",
    ),
    "of two things that are said, the last is taken in silence, or the library breaks": (
        "tests/intake/test_inference.py::test_of_two_values_that_are_both_said_to_count_none_is_taken",
        "tests/intake/test_inference.py::test_roles_that_cannot_stand_together_are_refused",
    ),
    "one person is two by a space that nobody sees": (
        "tests/intake/test_keys.py::test_one_person_is_not_two_by_a_space_that_nobody_sees",
    ),
    "a letter gets a capital that no font has": (
        "tests/documents/test_letters.py::test_no_capital_is_put_where_no_font_has_one",
    ),
    "a model that draws at random is refused for something else": (
        "tests/training/test_released.py::test_a_model_that_draws_when_it_predicts_is_refused_for_that",
    ),
    "a feature is said to tell a group where it tells who is not recorded": (
        "tests/training/test_telling.py::test_a_feature_that_only_tells_who_is_not_recorded_tells_no_group",
        "tests/training/test_telling.py::test_rows_not_recorded_hide_no_group_that_a_feature_does_tell",
    ),
    "a sensitive column that nobody audits hides a harm": (
        "tests/release/test_unsafe.py::test_nor_one_that_harms_a_group_that_nobody_audits",
        "tests/controls/test_policy_controls.py::test_every_attribute_has_a_limit_that_can_stop_the_model_or_an_owner",
    ),
    "the shipped file decides otherwise than was audited": (
        "tests/training/test_released.py::test_the_file_carries_threshold_and_positive_class",
        "tests/training/test_released.py::test_a_row_on_the_threshold_is_decided_as_it_was_counted",
        "tests/training/test_released.py::test_a_file_that_decides_otherwise_is_refused_before_anything_is_shown",
    ),
    "a threshold inside the model is passed over": (
        "tests/training/test_released.py::test_another_threshold_inside_is_refused_and_both_are_named",
        "tests/training/test_released.py::test_the_threshold_that_a_model_brings_decides",
    ),
    "the positive class is guessed": (
        "tests/test_audit_model.py::test_the_positive_class_is_asked_for_where_it_is_not_certain",
        "tests/test_audit_model.py::test_the_positive_class_is_the_contracts_own_value",
        "tests/intake/test_inference.py::test_what_a_label_counts_as_one_is_never_guessed",
    ),
    "weights of another scale give other shares": (
        "tests/laws/test_weight_laws.py::test_only_the_proportions_of_weights_matter",
        "tests/laws/test_weight_laws.py::test_sums_are_those_of_fractions",
    ),
    "a power cut, a broken disk or a kill loses what was acknowledged, or releases half": (
        "tests/release/test_crashes.py::test_a_power_cut_loses_nothing_that_was_acknowledged_and_releases_nothing_by_half",
        "tests/release/test_crashes.py::test_without_any_one_fsync_something_is_lost",
        "tests/release/test_crashes.py::test_a_fault_at_any_call_is_refused_and_leaves_what_was_acknowledged",
        "tests/release/test_crashes.py::test_a_kill_at_any_moment_loses_nothing_that_was_acknowledged",
    ),
    "a file that is broken, hostile or larger than it looks ends in a traceback, or takes all memory": (
        "tests/test_parsers.py::test_any_file_is_read_or_refused",
        "tests/test_parsers.py::test_an_answer_that_should_be_a_list_or_should_not_is_refused",
        "tests/test_parsers.py::test_what_is_too_large_is_refused_in_two_seconds_and_500_mb",
        "tests/test_parsers.py::test_what_would_unpack_out_of_all_proportion_is_refused_before_it_does",
    ),
    "rules that were signed once the answer was known, or a verdict that is another, open the gate": (
        "tests/release/test_attested.py::test_rules_that_nobody_signed_before_the_look_open_nothing",
        "tests/release/test_attested.py::test_a_key_that_the_root_named_no_more_at_the_look_signs_no_seal",
        "tests/release/test_attested.py::test_another_verdict_counts_for_nothing",
        "tests/release/test_attested.py::test_what_is_wrongly_signed_ends_the_gate",
    ),
    "a head that somebody made up passes for the one that was kept": (
        "tests/release/test_attested.py::test_a_head_that_does_not_hold_is_no_witness",
    ),
    "somebody lets a draft pass, and hears only afterwards that it goes nowhere": (
        "tests/release/test_who_may_sign.py::test_nobody_lets_a_draft_pass_and_anybody_may_refuse_it",
    ),
    "what somebody wrote into the log by hand opens a stage": (
        "tests/release/test_waivers.py::test_a_render_that_somebody_wrote_into_the_log_makes_no_approval_one_of_the_waiver",
        "tests/release/test_signing.py::test_a_document_that_came_later_takes_nothing_away",
        "tests/release/test_practice.py::test_a_count_of_practice_that_nobody_signed_for_opens_no_release",
        "tests/release/test_practice.py::test_a_threshold_counts_persons_under_practice_and_of_this_audit_alone",
    ),
    "the root of another project lets its people in": (
        "tests/release/test_who_may_sign.py::test_a_root_stands_where_it_was_signed",
    ),
    "who signed in one role is counted in another": (
        "tests/release/test_statements.py::test_a_yes_counts_for_the_role_in_which_it_was_given",
        "tests/release/test_statements.py::test_a_yes_that_was_signed_before_the_root_named_its_key_is_none",
    ),
    "a key under which anybody's signature holds is somebody's": (
        "tests/release/test_who_may_sign.py::test_a_key_with_which_anybody_could_sign_is_nobodys",
    ),
    "a command without a terminal crashes, or does not say what it waited for": (
        "tests/cli/test_signatures.py::test_without_a_terminal_it_is_said_where_the_passphrase_goes",
        "tests/cli/test_console.py::test_a_stream_that_was_closed_is_no_terminal",
    ),
    "a long log is not held within the time that anybody waits": (
        "tests/test_ledger.py::test_an_entry_is_written_out_once_however_many_statements_stand_on_it",
    ),
    "a signature that nobody asked for breaks the log": (
        "tests/release/test_who_may_sign.py::test_who_signs_a_root_without_keeping_it_is_refused_and_a_key_signs_once",
        "tests/release/test_who_may_sign.py::test_only_an_approval_ends",
    ),
    "a stolen key file gives its passphrase away to a fast guess": (
        "tests/release/test_who_may_sign.py::test_a_passphrase_is_hashed_as_often_as_owasp_asks_and_older_files_open",
    ),
    "a statement that does not read crashes the gate": (
        "tests/release/test_statements.py::test_a_statement_that_says_no_such_thing_is_broken_evidence",
        "tests/release/test_statements.py::test_a_statement_is_taken_apart_as_strictly_as_it_is_put_together",
    ),
    "a recheck or a render that does not read crashes the gate, or a recheck is told in words of its own": (
        "tests/release/test_rechecks.py::test_an_entry_that_no_recheck_wrote_is_broken_evidence",
        "tests/release/test_waived.py::test_a_render_of_something_else_prints_nothing",
    ),
    "what could never count begins a term, after which every later end is no renewal": (
        "tests/release/test_waived.py::test_what_could_never_count_begins_no_term",
        "tests/release/test_statements.py::test_three_terms_are_of_one_model_stage_and_role",
    ),
    "counts that nobody signed for, or a waiver of before, let a model that did harm in practice into a stage": (
        "tests/release/test_practice.py::test_a_count_that_shows_nothing_is_no_practice",
        "tests/release/test_practice.py::test_who_waived_before_practice_found_a_breach_has_not_waived_it",
    ),
    "counts that hide households, weights or groups pass as practice, and so do those of the audit": (
        "tests/release/test_rechecks.py::test_counts_know_which_rows_are_of_one_household",
        "tests/release/test_rechecks.py::test_counts_are_weighted_as_the_contract_says",
        "tests/release/test_rechecks.py::test_a_limit_is_asked_within_the_groups_of_the_contract",
        "tests/release/test_rechecks.py::test_the_counts_of_the_audit_are_no_practice",
    ),
    "a model that was loaded decides after its approvals and waivers have ended": (
        "tests/test_serving.py::test_what_is_loaded_ends_with_its_first_approval_or_waiver",
    ),
    "what cannot count is signed, or an argument of another type is a traceback": (
        "tests/release/test_who_may_sign.py::test_the_last_day_is_counted_from_the_day_that_the_entry_names",
        "tests/release/test_who_may_sign.py::test_what_is_said_is_text",
        "tests/release/test_gate_reads.py::test_what_is_no_path_or_pin_is_refused",
    ),
    "a breach in practice is left behind by auditing the same model under another version": (
        "tests/release/test_rechecks.py::test_a_breach_follows_the_model_file_into_other_versions",
    ),
    "what a person took back counts again once the key of that has left": (
        "tests/release/test_statements.py::test_what_was_said_last_is_not_unsaid_when_its_key_leaves",
        "tests/release/test_waived.py::test_what_was_taken_back_stays_so_when_its_key_leaves",
    ),
    "an approval of longer than two years counts once it is within two years of its end": (
        "tests/release/test_statements.py::test_an_approval_too_long_when_it_was_signed_never_counts",
    ),
    "a waiver that ends at a moment crashes, and one finding in two wordings counts as two": (
        "tests/release/test_waived.py::test_half_a_waiver_is_not_signed",
        "tests/release/test_waived.py::test_one_finding_in_two_wordings_is_one",
    ),
    "a refusal ends when its person trains": (
        "tests/release/test_statements.py::test_who_refused_and_trains_now_has_still_refused",
        "tests/release/test_statements.py::test_a_trainer_says_neither_yes_nor_no",
    ),
    "a public edition puts printed groups elsewhere, or says that an area or a pool has other numbers of them": (
        "tests/evidence/test_reperformed_lines.py::test_areas_and_pools_hold_as_many_groups_as_the_contract_puts_there",
        "tests/counting/test_disclosure.py::test_a_row_that_cannot_be_printed_is_told_from_every_one_that_is",
        "tests/counting/test_disclosure.py::test_a_margin_that_cannot_be_printed_is_told_from_every_one_that_is",
    ),
    "households, or attributes together, say how few people there are": (
        "tests/counting/test_disclosure.py::test_households_say_of_no_few_people_that_they_share_one",
        "tests/counting/test_attack.py::test_the_attack_finds_migrants_of_neither_kind_where_attributes_are_held_apart_two_by_two",
        "tests/counting/test_attack.py::test_the_attack_finds_what_an_area_leaves_of_another_attribute",
    ),
    "a group less another in it, or less the number of unknown rows, is a few people": (
        "tests/counting/test_together.py::test_a_group_less_those_in_it_tells_no_few_people_though_none_of_the_rest_follows",
        "tests/counting/test_together.py::test_no_printed_row_less_printed_rows_in_it_leaves_few",
        "tests/counting/test_together.py::test_the_number_of_unknown_rows_and_another_attribute_tell_no_few_people",
    ),
    "two versions pool otherwise, and a pool less its groups of before is a few people": (
        "tests/evidence/test_beside.py::test_what_one_version_pools_and_the_other_does_not_is_compared_as_the_pool",
        "tests/evidence/test_beside.py::test_the_number_of_unknown_rows_in_a_pool_is_compared_and_so_is_what_it_leaves",
    ),
    "a version gives away the few people that it has more than the last": (
        "tests/evidence/test_printings.py::test_one_child_more_is_not_printed",
        "tests/evidence/test_printings.py::test_rows_are_close_where_people_differ_and_a_cell_does_by_less_than_k",
    ),
    "a group or attribute under another name, or people whom no key tells apart, escape the comparison of versions": (
        "tests/evidence/test_beside.py::test_groups_under_another_name_are_compared",
        "tests/evidence/test_beside.py::test_an_attribute_under_another_name_is_compared",
        "tests/evidence/test_beside.py::test_rows_that_were_perhaps_seen_count_as_seen",
    ),
    "two versions tell by several attributes, by outcomes of a part or by linking who came": (
        "tests/evidence/test_beside.py::test_what_attributes_tell_together_is_compared",
        "tests/evidence/test_beside.py::test_outcomes_of_every_part_are_compared",
        "tests/evidence/test_beside.py::test_groups_lost_in_linking_are_compared",
    ),
    "a group lost in linking is printed with counts that are hidden elsewhere": (
        "tests/evidence/test_linking.py::test_a_group_lost_in_linking_is_named_where_its_counts_are_printed",
    ),
    "ranges of households narrow each other": (
        "tests/counting/test_household_ranges.py::test_ranges_of_areas_and_of_everybody_narrow_each_other_nowhere",
    ),
    "several groups less several others are a few people": (
        "tests/counting/test_together.py::test_a_group_of_an_attribute_that_is_not_printed_follows_from_no_others",
    ),
    "a share of copies counts a few people of a small group": (
        "tests/test_looks.py::test_the_share_of_copies_counts_no_few_people_of_a_small_group",
    ),
    "a reason or its remedy says that a hidden group has no cases": (
        "tests/evidence/test_public_findings.py::test_neither_reason_nor_remedy_says_that_a_hidden_group_has_no_cases",
    ),
    "a refusal is true": ("tests/evidence/test_held.py::test_only_what_is_allowed_is_true",),
    "rows are matched by position": (
        "tests/intake/test_tables.py::test_predictions_are_matched_with_the_truth_by_index",
        "tests/intake/test_tables.py::test_columns_of_a_dict_are_matched_by_index_too",
        "tests/intake/test_tables.py::test_other_indexes_are_refused",
    ),
    "two groups or columns become one": (
        "tests/intake/test_tables.py::test_two_groups_or_features_never_take_one_name",
        "tests/intake/test_tables.py::test_joint_groups_of_levels_with_an_ampersand_are_four",
        "tests/intake/test_tables.py::test_labels_are_the_same_in_every_storage",
    ),
    "a group called rest reads as all others": (
        "tests/judgement/test_judge.py::test_a_group_with_a_word_of_the_library_stays_a_group",
        "tests/judgement/test_judge.py::test_a_sentence_says_all_others_only_of_all_others",
        "tests/intake/test_tables.py::test_a_level_may_bear_a_word_of_the_library",
    ),
    "long keys become floats": (
        "tests/intake/test_keys.py::test_keys_in_a_file_are_the_units_that_are_counted",
        "tests/intake/test_keys.py::test_a_project_begun_from_a_table_keeps_its_keys",
        "tests/intake/test_keys.py::test_what_may_have_been_rounded_is_refused_and_a_key_is_never_missing",
    ),
    "a citizen service number is a key or a feature": (
        "tests/intake/test_inference.py::test_citizen_service_numbers_are_refused_whatever_their_column_is_called",
        "tests/intake/test_linking.py::test_service_numbers_are_known_by_their_test_and_random_numbers_are_not",
    ),
    "pooled or unrecorded rows read as a group": (
        "tests/documents/test_group_rows.py::test_what_is_no_group_has_no_rate_and_no_dot",
        "tests/documents/test_technical_annex.py::test_a_pool_with_rows_of_unknown_group_has_no_numbers",
        "tests/judgement/test_judge.py::test_small_groups_that_are_compared_as_one_are_a_pool_and_no_group_of_that_name",
        "tests/judgement/test_pool_names.py::test_of_a_spread_too_it_is_the_pool_that_stands_out",
    ),
    "a declared group read as a pool by its name": (
        "tests/judgement/test_pool_names.py::test_a_declared_group_is_no_pool_under_any_name",
        "tests/judgement/test_pool_names.py::test_in_published_counts_too",
    ),
    "published counts grouped otherwise than an audit groups them": (
        "tests/judgement/test_ranges_told.py::test_exact_counts_are_pooled_as_judge_pools_them_on_every_rung",
    ),
    "the headline blames the groups for a paper": (
        "tests/documents/test_technical_annex.py::test_the_headline_tells_limits_and_rules_apart",
    ),
    "page 1 holds a group against another side than the limit does, or rounds a gap over what is allowed": (
        "tests/documents/test_gaps.py::test_a_gap_is_that_of_the_printed_counts_and_worse_is_always_the_same_way",
        "tests/documents/test_gaps.py::test_no_rounding_moves_a_gap_or_its_range_to_the_other_side_of_the_limit",
        "tests/documents/test_gaps.py::test_the_first_page_prints_the_gap_on_which_the_answer_rests",
    ),
    "card, factsheet and annex say different things of one number or one step": (
        "tests/documents/test_true_sentences.py::test_points_of_inputs_add_up_to_100",
        "tests/documents/test_true_sentences.py::test_more_evidence_of_areas_takes_areas_wherever_it_is_said",
        "tests/documents/test_true_sentences.py::test_where_nothing_is_open_the_card_says_of_which_files_and_where_more_is_asked",
        "tests/documents/test_true_sentences.py::test_the_picture_of_a_group_says_its_printed_selection_rate",
        "tests/documents/test_factsheet.py::test_the_picture_is_of_the_counts_and_each_number_lies_in_its_range",
    ),
    "a drawn letter is another letter": (
        "tests/documents/test_letters.py::test_every_letter_is_drawn_as_itself",
        "tests/documents/test_letters.py::test_what_can_be_drawn_is_what_the_fonts_hold",
    ),
    "a long word leaves the page": (
        "tests/documents/test_pdf.py::test_the_longest_word_does_not_leave_the_page",
        "tests/documents/test_charts.py::test_a_long_name_without_spaces_is_whole_on_three_lines",
    ),
    "a heading is parted from what it heads, or a row is split": (
        "tests/documents/test_layout.py::test_the_law_of_the_page_holds",
        "tests/documents/test_layout.py::test_the_law_sees_what_breaks_it",
    ),
    "a table of open facts is called declared": (
        "tests/documents/test_annex_statements.py::test_a_table_in_which_something_is_open_is_not_called_declared",
    ),
    "a sentence points at a row that is not there": (
        "tests/documents/test_annex_statements.py::test_what_decided_is_named_where_it_stands",
    ),
    "another threshold tells a small count": (
        "tests/documents/test_thresholds.py::test_no_cut_tells_a_smaller_count_than_is_printed",
    ),
    "what cannot be drawn is found after the look": (
        "tests/intake/test_inference.py::test_a_group_that_no_document_can_draw_is_refused_whoever_chose_the_role",
        "tests/intake/test_inference.py::test_a_column_whose_name_no_document_can_draw_is_refused",
        "tests/documents/test_letters.py::test_scripts_that_no_font_has_are_seen",
    ),
    "a draft costs a look": (
        "tests/test_concept.py::test_an_unsealed_project_gives_a_concept_that_holds_and_goes_nowhere",
        "tests/test_concept.py::test_the_first_card_by_the_page_on_own_tables",
    ),
    "a stated role is dropped in silence": (
        "tests/intake/test_inference.py::test_the_user_has_the_last_word",
        "tests/intake/test_inference.py::test_levels_that_look_alike_are_said_and_not_audited_as_two_groups",
    ),
    "a script that exits is a verdict": (
        "tests/authoring/test_entry_point.py::test_a_module_that_leaves_the_process_is_refused",
        "tests/authoring/test_entry_point.py::test_a_function_that_leaves_the_process_is_refused",
        "tests/cli/test_console.py::test_code_that_leaves_the_process_is_no_result",
    ),
    "a mainstream model cannot be released": (
        "tests/training/test_released.py::test_a_search_is_released_as_the_estimator_that_it_chose",
        "tests/training/test_artifact.py::test_a_model_reads_back_to_the_bit",
    ),
    "a remedy does not work, or says nothing": (
        "tests/training/test_remedies.py::test_the_remedy_for_a_hard_vote_works",
        "tests/training/test_remedies.py::test_the_remedy_for_scores_that_are_no_probabilities_works",
        "tests/training/test_remedies.py::test_another_setting_stores_nearest_neighbours",
        "tests/training/test_remedies.py::test_a_script_that_exits_is_mended_as_the_refusal_says",
        "tests/training/test_own_words.py::test_what_a_model_says_is_understood",
        "tests/training/test_own_words.py::test_no_record_is_told",
    ),
    "a clone on Windows breaks evidence": (
        "tests/evidence/test_held.py::test_git_with_autocrlf_leaves_evidence_as_it_is",
        "tests/evidence/test_held.py::test_line_ends_of_windows_change_nothing",
    ),
    "an auditor cannot verify a folder by itself": (
        "tests/evidence/test_held.py::test_a_version_folder_by_itself_is_verified_as_far_as_that_goes",
        "tests/evidence/test_held.py::test_edited_counts_are_found_without_a_log",
    ),
    "a new metric or control breaks old evidence": (
        "tests/evidence/test_rules.py::test_a_new_metric",
        "tests/evidence/test_rules.py::test_a_new_control_is_not_asked",
        "tests/corpus/test_corpus.py::test_evidence_of_every_format_holds",
    ),
    "a table of another kind ends in a traceback": (
        "tests/intake/test_tables.py::test_every_form_of_the_same_groups_gives_the_same_table",
        "tests/intake/test_tables.py::test_a_query_has_no_order_and_is_counted_instead",
        "tests/intake/test_tables.py::test_a_column_is_named_by_its_number",
        "tests/intake/test_tables.py::test_a_seed_is_a_whole_number",
        "tests/intake/test_tables.py::test_attributes_of_any_library_are_joined_by_key",
        "tests/counting/test_table.py::test_other_refusals",
    ),
    "a schema that says more is cut down": ("tests/intake/test_pandera.py::test_what_a_contract_cannot_say_is_refused",),
    "a name of a person is counted as a word of a dossier": (
        "tests/intake/test_dossiers.py::test_a_name_that_no_register_has_passes_in_no_place_of_a_sentence",
        "tests/intake/test_dossiers.py::test_a_name_of_a_register_is_known_in_every_form",
    ),
    "a contract of areas that names none is believed": (
        "tests/controls/test_catalogue.py::test_each_control_answers_each_kind_of_facts",
        "tests/documents/test_areas_and_made_up.py::test_profiling_is_denied_only_where_it_was_measured",
        "tests/authoring/test_prescan.py::test_a_contract_of_areas_that_names_none_is_asked_as_one_of_persons",
    ),
    "the outcome comes in as a figure of an area": (
        "tests/intake/test_area_table.py::test_what_makes_no_figure_of_an_area_is_refused",
    ),
    "posts from social media come in under a Dutch compound": (
        "tests/authoring/test_source_kinds.py::test_a_name_that_says_it_is_refused_without_that_kind",
    ),
    "a wrong argument ends in a traceback": (
        "tests/test_bad_arguments.py::test_an_argument_of_another_kind_is_taken_or_refused",
        "tests/test_bad_tables.py::test_a_bad_table_is_counted_or_refused",
    ),
    "a folder of tests is never run because of its name": (
        "tests/house/test_project_files.py::test_no_folder_of_tests_or_code_is_left_out_by_its_name",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plant:
    """A bug of one line: where, what it makes of what, and the test that has to notice."""

    path: str
    old: str
    new: str
    test: str

    @property
    def mutation(self) -> Mutation:
        """The same as a change of a module's bytes; ValueError where the line is not there, or stands more than once."""
        text = source(self.path)
        if text.count(self.old.encode()) != 1:
            raise ValueError(f"{self.path} does not hold once: {self.old}")
        start = text.index(self.old.encode())
        line = text[:start].count(b"\n") + 1
        return Mutation(self.path, line, line, "", self.old, self.new, start, start + len(self.old.encode()), self.new)


PLANTS = (
    Plant(
        "controls/inputs.py",
        'with_role("feature") if facts.contract.special(c)]',
        'with_role("weight") if facts.contract.special(c)]',
        "tests/controls/test_catalogue.py::test_each_control_answers_each_kind_of_facts",
    ),
    Plant(
        "documents/sections/thresholds.py",
        "int(positives[:i].sum()), int(positives[i:].sum())",
        "int(positives[: i - 1].sum()), int(positives[i:].sum())",
        "tests/documents/test_thresholds.py::test_every_cut_has_the_counts_of_the_rows",
    ),
    Plant(
        "documents/words.py",
        "abs(value) <= 0.5 * 10**-digits",
        "abs(value) < 0.5 * 10**-digits",
        "tests/documents/test_words.py::test_what_rounds_to_zero_has_no_sign",
    ),
    Plant(
        "statistics/intervals.py",
        "x * (n - x) / n + z2 / 4",
        "x * (n - x) / n + z2",
        "tests/oracles/test_intervals.py::test_wilson_is_that_of_newcombe_1998",
    ),
    Plant(
        "judgement/judge.py",
        "failing=alpha / len(asked)",
        "failing=alpha",
        "tests/judgement/test_ladder.py::test_the_chance_of_a_false_breach_is_divided_over_the_rungs",
    ),
    Plant(
        "judgement/comparisons.py",
        "level = alpha / (len(order) - len(shown))",
        "level = alpha",
        "tests/judgement/test_judge.py::test_holm_keeps_false_alarms_at_alpha_over_many_groups",
    ),
    Plant(
        "evidence/publish.py",
        "attribution.group_rows[i] >= printed.k",
        "attribution.group_rows[i] >= 1",
        "tests/evidence/test_publishing.py::test_a_group_of_which_few_rows_were_explained_is_not_printed",
    ),
    Plant(
        "counting/disclosure.py",
        "n[-1] >= k and (not pooled or beside >= k)",
        "n[-1] >= k",
        "tests/counting/test_disclosure.py::test_the_number_of_unknown_rows_gives_no_small_group_away",
    ),
    Plant(
        "release/gate.py",
        "GRAVEST = (4, 2, 1, 3, 5, 0)",
        "GRAVEST = (2, 4, 1, 3, 5, 0)",
        "tests/release/test_gate.py::test_the_gravest_of_several_wins",
    ),
    Plant(
        "ledger.py",
        "for parent in entry.parents if parent not in found]",
        "for parent in entry.parents[1:] if parent not in found]",
        "tests/test_ledger.py::test_what_was_done_to_the_log_is_seen",
    ),
    Plant(
        "looks/split.py",
        "np.where(first == _NO_MOMENT, STRADDLES_CUT, by_unit)",
        "by_unit",
        "tests/training/test_split.py::test_who_lacks_a_moment_is_left_out_whenever_the_others_were",
    ),
    Plant(
        "looks/looks.py",
        "share = place**-2 /",
        "share = place**-1 /",
        "tests/looks/test_looks.py::test_all_looks_together_have_exactly_alpha",
    ),
    Plant(
        "training/own_words.py",
        'return LEFT_OUT if match["word"].casefold() in texts',
        'return LEFT_OUT if match["word"] in texts',
        "tests/training/test_own_words.py::test_no_record_is_told",
    ),
    Plant(
        "training/cutoff.py",
        "if column is None:",
        "if column is not None:",
        "tests/test_vendor_files.py::test_in_python_it_is_refused_as_well_and_the_remedy_works",
    ),
)


def broken(ids: list[str], workers: int) -> dict[str, str]:
    """Run the tests `ids` and return those that did not pass, with what became of them.

    Of a test with cases for `make nightly` the others are run; a test that has no others is run whole.
    """
    found, run = _run(ids, workers, "-m", "not nightly")
    nightly = [test for test in ids if test not in run and test not in found]
    whole, all_run = _run(nightly, workers) if nightly else ({}, set())
    return {**found, **whole, **{test: "it did not run" for test in nightly if test not in {*whole, *all_run}}}


def _run(ids: list[str], workers: int, *options: str) -> tuple[dict[str, str], set[str]]:
    """Return which of `ids` did not pass and what became of them, and which ran."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", "-n", str(workers)]
        command += ["--dist", "worksteal", *options, *ids]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if not report.exists():
            return dict.fromkeys(ids, done.stderr.strip()[-300:] or f"pytest ended with {done.returncode}"), set()
        cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314 - our own file
    found, run = {}, set()
    for test in ids:
        file, _, name = test.partition("::")
        module = file.removesuffix(".py").replace("/", ".")
        mine = [c for c in cases if c.get("classname") == module and str(c.get("name")).partition("[")[0] == name]
        bad = [c for c in mine if c.find("failure") is not None or c.find("error") is not None or c.find("skipped") is not None]
        if bad:
            found[test] = ", ".join(str(c.get("name")) for c in bad[:3])
        if mine:
            run.add(test)
    return found, run


def unnoticed(workers: int) -> Iterator[tuple[Plant, bool]]:
    """Plant each bug and yield it with whether its test noticed."""
    jobs = ((plant, functools.partial(_imported, plant.mutation, [plant.test]), 120.0) for plant in PLANTS)
    yield from ((plant, result == KILLED) for plant, result in _pool(jobs, workers))


def main(arguments: list[str] | None = None) -> int:
    """Print a line a kind, and return 1 where one is not held off."""
    parser = argparse.ArgumentParser(prog="python -m tools.faults", description=__doc__.partition("\n")[0])
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    workers = parser.parse_args(arguments).workers
    began = time.monotonic()
    ids = list(dict.fromkeys([*(test for tests in FAULTS.values() for test in tests), *(plant.test for plant in PLANTS)]))
    bad = broken(ids, workers)
    failed = 0
    for kind, tests in FAULTS.items():
        why = {test: bad[test] for test in tests if test in bad}
        failed += bool(why)
        print(f"{'failed' if why else 'ok':8}{kind}", *(f"        {test}: {what}" for test, what in why.items()), sep="\n")
    for plant, noticed in unnoticed(max(workers, 1)):
        held = noticed and plant.test not in bad
        failed += not held
        print(f"{'ok' if held else 'failed':8}planted in {plant.path}: {plant.new}")
    print(
        f"{len(FAULTS)} kinds of fault, {len(PLANTS)} planted bugs: {failed} not held off, in {time.monotonic() - began:.0f} s"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
