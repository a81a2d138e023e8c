// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every known failure, by number or identifier, and where it is shown that it cannot occur.

/// How a failure is dealt with.
#[derive(Debug)]
pub(crate) enum Shown {
    /// By these tests, `file::name`; one of them is named after the failure.
    By(&'static [&'static str]),
    /// What it concerns is not built yet.
    Later(&'static str),
    /// What it concerns will not be built.
    Never(&'static str),
}

use Shown::{By, Later, Never};

/// Failures of envelopes, keys and streams.
pub(crate) const ROWS: [(u8, Shown); 30] = [
    (1, By(&["tests/known_failures/messages.rs::pitfall_01_no_two_messages_have_a_salt_in_common"])),
    (2, By(&["src/primitive/chunked.rs::pitfall_02_the_chunk_counter_stops_at_its_limit"])),
    (
        3,
        By(&["tests/known_failures/keys.rs::pitfall_03_each_direction_of_an_agreement_has_a_key_of_its_own"]),
    ),
    (
        4,
        By(&[
            "tests/known_failures/primitives.rs::pitfall_04_a_message_opens_under_the_key_that_it_commits_to_and_no_other",
            "tests/known_failures/messages.rs::pitfall_20_an_identifier_in_a_message_is_a_hint",
        ]),
    ),
    (
        5,
        By(&[
            "src/envelope/memory.rs::pitfall_05_the_memory_is_bounded_whoever_comes",
            "tests/reuse.rs::pitfall_05_a_payload_key_is_remembered_within_one_policy",
        ]),
    ),
    (
        6,
        By(&[
            "tests/known_failures/primitives.rs::pitfall_06_what_is_opened_in_place_and_not_authentic_is_cleared",
        ]),
    ),
    (
        7,
        By(&[
            "tests/tamper/sealed.rs::pitfall_07_a_changed_stream_ends_with_an_error",
            "tests/envelope_streams/refused.rs::pitfall_07_a_stream_cut_at_any_byte_is_an_error",
            "tests/aio/refused.rs::pitfall_07_an_input_that_ends_before_the_last_chunk_is_an_error",
        ]),
    ),
    (
        8,
        By(&[
            "tests/streams/seek.rs::pitfall_08_a_stream_that_is_cut_anywhere_never_reports_an_end",
            "tests/envelope_streams/seek.rs::pitfall_08_a_stream_that_is_cut_has_no_end_to_seek_from",
        ]),
    ),
    (
        9,
        By(&[
            "tests/speccheck.rs::pitfall_09_nobody_agrees_or_opens_with_a_point_of_low_order",
            "src/primitive/xwing.rs::pitfall_09_the_x25519_half_is_never_zero_on_either_side",
            "tests/post_quantum.rs::pitfall_09_an_export_whose_x25519_half_is_of_small_order_is_refused",
        ]),
    ),
    (
        10,
        By(&["tests/known_failures/keys.rs::pitfall_10_public_keys_and_context_are_bound_into_agreed_keys"]),
    ),
    (
        11,
        By(&["tests/known_failures/keys.rs::pitfall_11_a_signature_is_one_of_its_context_and_message_only"]),
    ),
    (
        12,
        By(&[
            "tests/known_failures/forged.rs::pitfall_12_a_signed_envelope_cannot_be_forwarded_as_if_it_were_to_another",
            "tests/known_failures/forged.rs::pitfall_12_a_signature_is_neither_stripped_nor_replaced",
        ]),
    ),
    (13, By(&["tests/known_failures/house.rs::pitfall_13_there_is_no_auth_mode"])),
    (14, By(&["tests/known_failures/keys.rs::pitfall_14_a_pre_shared_key_is_32_random_bytes_with_a_name"])),
    (
        15,
        By(&[
            "tests/known_failures/keys.rs::pitfall_15_no_key_is_taken_for_one_of_another_kind_or_algorithm",
        ]),
    ),
    (
        16,
        By(&[
            "tests/known_failures/messages.rs::pitfall_16_the_algorithm_is_that_of_the_key_and_never_that_of_the_message",
        ]),
    ),
    (
        17,
        By(&[
            "tests/memory.rs::pitfall_17_a_header_of_32_recipients_with_nothing_behind_it_allocates_no_more_than_their_list",
        ]),
    ),
    (18, By(&["tests/known_failures/messages.rs::pitfall_18_a_message_of_zeros_is_as_long_as_any_other"])),
    (19, By(&["tests/known_failures/keys.rs::pitfall_19_identifiers_are_unique_and_a_retired_key_is_gone"])),
    (20, By(&["tests/known_failures/messages.rs::pitfall_20_an_identifier_in_a_message_is_a_hint"])),
    (
        21,
        By(&[
            "tests/known_failures/forged.rs::pitfall_21_all_failures_of_cryptography_are_one_error",
            "tests/known_failures/forged.rs::pitfall_21_a_forged_envelope_does_not_learn_whether_it_is_late",
        ]),
    ),
    (22, By(&["tests/secrets/keys.rs::pitfall_22_every_block_of_a_secret_is_zero_when_it_is_freed"])),
    (23, By(&["tests/known_failures/messages.rs::pitfall_23_a_wrapped_key_opens_nowhere_else"])),
    (24, By(&["tests/known_failures/messages.rs::pitfall_24_a_message_does_not_open_in_another_field"])),
    (
        25,
        By(&[
            "src/wire/base64.rs::pitfall_25_only_the_canonical_text_is_accepted",
            "tests/tamper/texts.rs::a_changed_key_text_is_refused",
            "tests/tamper/envelope.rs::a_changed_armor_does_not_open",
            "src/wire/envelope.rs::what_parses_serialises_to_the_same_bytes",
        ]),
    ),
    (26, By(&["tests/known_failures/keys.rs::pitfall_26_a_clamped_secret_is_the_same_identity"])),
    (
        27,
        By(&[
            "tests/known_failures/messages.rs::pitfall_27_the_second_copy_of_an_envelope_is_refused",
            "tests/reuse.rs::pitfall_27_a_copy_is_a_copy_under_a_remembered_header",
            "tests/round_trip.rs::pitfall_27_a_replayed_request_is_not_answered_again",
            "tests/replay/memory.rs::pitfall_27_what_was_handled_is_not_handled_again_though_it_never_expires",
        ]),
    ),
    // The post-quantum half of it is not built yet.
    (
        28,
        By(&[
            "tests/post_quantum.rs::pitfall_28_post_quantum_and_classical_recipients_mix_only_when_it_is_said",
            "tests/known_failures/messages.rs::pitfall_28_recipients_of_two_suites_are_not_mixed",
        ]),
    ),
    (29, By(&["tests/known_failures/house.rs::pitfall_29_nothing_is_executed_or_loaded"])),
    (30, Later("a text on what was tested, and what was not")),
];

/// Failures of signed requests, webhooks, tokens and API keys.
pub(crate) const REQUEST_ROWS: [(u8, Shown); 31] = [
    (
        1,
        By(&[
            "tests/known_failures/house.rs::requests_01_one_function_compares_and_no_call_returns_what_a_signature_should_have_been",
        ]),
    ),
    (2, By(&["tests/webhooks/attacks.rs::requests_02_what_comes_out_are_the_bytes_that_were_checked"])),
    (
        3,
        By(&[
            "tests/webhooks/attacks.rs::requests_03_a_declared_scheme_signs_its_time_and_is_read_in_one_way",
            "tests/webhooks/attacks.rs::copies_are_told_whatever_is_not_signed_about_them",
        ]),
    ),
    (
        4,
        By(&[
            "tests/webhooks/attacks.rs::requests_04_a_long_age_and_a_far_skew_do_not_overflow",
            "tests/http_signature/rows.rs::requests_04_a_time_is_digits_within_bounds_and_does_not_overflow",
            "tests/webhooks/battery.rs::every_change_to_a_delivery_of_every_scheme_is_refused",
        ]),
    ),
    (
        5,
        By(&[
            "tests/webhooks/attacks.rs::requests_05_a_signing_header_is_there_once",
            "tests/http_signature/rows.rs::requests_05_fields_that_are_lists_may_have_lines_and_host_has_one",
        ]),
    ),
    (
        6,
        By(&[
            "tests/webhooks/standard.rs::requests_06_malformed_signatures_are_skipped_and_more_than_sixteen_are_not_looked_at",
        ]),
    ),
    (7, By(&["tests/webhooks/secrets.rs::requests_07_empty_blank_short_and_padded_secrets_are_refused"])),
    (8, By(&["tests/webhooks/secrets.rs::requests_08_a_prefix_means_what_its_provider_means"])),
    (
        9,
        By(&[
            "tests/http_signature/rows.rs::requests_09_a_name_belongs_to_one_key_and_a_key_to_one_algorithm",
            "tests/jwt/refused.rs::requests_09_a_public_key_is_never_the_secret_of_an_hmac",
            "tests/jwt/jwks.rs::requests_09_only_oct_is_a_shared_key_whatever_members_another_type_has",
            "tests/jwt/rsa.rs::requests_09_an_rsa_modulus_is_never_the_secret_of_an_hmac",
            "tests/jwt/jwks.rs::requests_09_two_keys_of_one_name_are_neither_published_nor_signed_with",
        ]),
    ),
    (10, By(&["tests/http_signature/rows.rs::requests_10_a_policy_is_met_by_whole_identifiers_only"])),
    (
        11,
        By(&[
            "tests/http_signature/rows.rs::requests_11_every_known_digest_must_match_and_weak_ones_never_count",
        ]),
    ),
    (
        12,
        By(&[
            "tests/http_signature/rows.rs::requests_12_what_is_absent_is_an_error_and_so_is_a_component_twice",
        ]),
    ),
    (
        13,
        By(&[
            "tests/http_signature/rows.rs::requests_13_parameters_are_signed_as_received_unknown_ones_included",
        ]),
    ),
    (
        14,
        By(&[
            "tests/webhooks/requests.rs::requests_14_the_url_is_that_of_the_configuration_whatever_a_header_says",
            "tests/http_signature/rows.rs::requests_14_the_authority_is_ours_and_one",
            "tests/http_signature/policies.rs::behind_a_proxy_the_authority_is_the_configured_one",
        ]),
    ),
    (
        15,
        By(&[
            "tests/webhooks/attacks.rs::requests_15_a_parameter_that_is_there_twice_is_not_guessed_at",
            "tests/http_signature/rows.rs::requests_15_a_query_parameter_is_encoded_in_one_way",
        ]),
    ),
    (
        16,
        By(&[
            "tests/http_signature/rows.rs::requests_16_white_space_is_trimmed_and_what_is_not_visible_is_refused",
        ]),
    ),
    (
        17,
        By(&[
            "tests/http_signature/rows.rs::requests_17_a_field_is_read_whole_or_not_at_all_and_rogue_labels_do_no_harm",
        ]),
    ),
    (18, By(&["tests/http_signature/rows.rs::requests_18_a_label_selects_nothing"])),
    (
        19,
        By(&[
            "tests/http_signature/rows.rs::requests_19_a_signature_is_fresh_at_both_ends_and_when_it_is_claimed",
            "tests/jwks/cache.rs::requests_19_the_clock_is_read_again_after_a_slow_fetch",
        ]),
    ),
    (
        20,
        By(&[
            "tests/webhooks/attacks.rs::requests_20_a_claim_is_kept_for_longer_than_a_copy_is_accepted",
            "tests/webhooks/requests.rs::requests_20_a_nonce_is_good_once_for_each_service_and_secret",
            "tests/http_signature/rows.rs::requests_20_a_claim_is_of_one_service_one_key_one_tag_and_one_nonce",
            "tests/http_signature/rows.rs::requests_20_without_a_nonce_a_claim_is_of_all_that_was_signed",
            "tests/http_signature/rows.rs::requests_20_a_claim_is_kept_while_a_copy_would_be_accepted",
        ]),
    ),
    (
        21,
        By(&[
            "tests/webhooks/handshakes.rs::requests_21_slack_is_answered_with_its_challenge",
            "tests/webhooks/handshakes.rs::who_does_not_sign_is_not_answered",
        ]),
    ),
    (
        22,
        By(&[
            "tests/jwks/lies.rs::requests_22_a_redirect_is_not_followed",
            "tests/jwks/lies.rs::requests_22_plain_http_goes_through_no_proxy",
            "tests/jwks/lies.rs::requests_22_keys_are_read_from_https_or_from_the_loopback",
        ]),
    ),
    (
        23,
        By(&[
            "tests/webhooks/twilio.rs::requests_23_sha1_is_a_matter_of_named_providers_and_their_url_is_mandatory",
        ]),
    ),
    (24, By(&["tests/webhooks/twilio.rs::requests_24_a_body_that_is_no_form_must_have_the_hash_in_the_url"])),
    (
        25,
        By(&[
            "tests/webhooks/adyen.rs::requests_25_the_result_is_the_covered_fields_and_each_of_them_is_checked",
        ]),
    ),
    (26, By(&["tests/webhooks/attacks.rs::requests_26_hubspot_is_version_3_only"])),
    (
        27,
        By(&[
            "tests/jwt/refused.rs::requests_27_what_must_be_there_is",
            "tests/jwt/refused.rs::requests_27_a_token_is_of_our_issuer_and_for_us",
            "tests/jwt/refused.rs::requests_27_times_are_checked_to_the_second",
            "tests/jwt/refused.rs::requests_27_the_algorithm_is_that_of_the_key_and_the_header_agrees",
            "tests/jwt/refused.rs::requests_27_a_header_that_asks_for_more_is_refused",
            "tests/jwt/refused.rs::requests_27_a_member_is_there_once",
            "tests/jwt/refused.rs::requests_27_base64url_is_canonical_and_without_padding_or_space",
            "tests/jwt/refused.rs::requests_27_a_key_is_found_by_its_name",
            "tests/jwt/refused.rs::requests_27_a_token_is_of_the_type_that_is_expected",
            "tests/jwt/rsa.rs::requests_27_one_rsa_key_is_not_for_two_algorithms",
            "tests/jwt/refused.rs::requests_27_what_is_too_long_is_refused_before_it_is_read",
        ]),
    ),
    (
        28,
        By(&[
            "tests/jwks/cache.rs::requests_28_a_thousand_callers_are_one_fetch",
            "tests/jwks/cache.rs::requests_28_names_that_nobody_has_are_one_fetch_in_ten_seconds",
            "tests/jwks/cache.rs::requests_28_the_name_of_a_key_goes_into_no_url",
            "tests/jwks/cache.rs::requests_28_a_new_key_is_found_and_a_withdrawn_one_goes",
            "tests/jwks/cache.rs::requests_28_a_runtime_that_stands_still_stops_no_other_one",
            "tests/jwks/cache.rs::requests_28_after_a_fetch_that_has_panicked_nobody_can_tell_what_is_unknown",
            "tests/jwks/cache.rs::requests_28_keys_are_kept_while_the_issuer_is_down_but_not_for_ever",
            "tests/jwks/cache.rs::requests_28_keys_from_before_the_clock_went_back_are_not_kept_for_ever",
            "tests/jwks/cache.rs::requests_28_nobody_waits_for_an_issuer_that_does_not_answer_but_who_must",
            "tests/jwks/cache.rs::requests_28_a_fetch_that_does_not_end_or_panics_leaves_nobody_waiting",
            "tests/jwks/lies.rs::requests_28_an_answer_that_is_no_set_of_public_keys_changes_nothing",
            "tests/jwt/jwks.rs::requests_28_a_set_of_more_than_64_keys_is_none_whatever_they_are",
            "tests/jwks/lies.rs::requests_28_an_issuer_that_is_silent_is_waited_for_as_long_as_was_said",
        ]),
    ),
    (
        29,
        By(&[
            "tests/api_keys/life.rs::requests_29_a_key_is_looked_up_by_its_public_id_and_compared_by_its_hash",
            "tests/api_keys/form.rs::requests_29_a_forged_secret_is_refused_by_the_hash_and_an_unknown_id_as_such",
            "tests/api_keys/life.rs::requests_29_an_unknown_id_takes_the_same_path",
            "tests/api_keys/life.rs::requests_29_scopes_are_required_to_the_letter",
            "tests/api_keys/form.rs::every_character_counts_and_is_checked_before_the_store_is_asked",
            "tests/secrets/keys.rs::no_api_key_is_left_in_memory",
            "tests/secrets/printed.rs::nothing_prints_an_api_key",
        ]),
    ),
    (
        30,
        By(&[
            "tests/webhooks/attacks.rs::requests_30_a_forged_delivery_is_answered_with_401",
            "tests/jwt/refused.rs::requests_30_a_refused_token_is_a_matter_of_401",
            "tests/http_signature/rows.rs::requests_30_whatever_fails_in_the_cryptography_is_answered_with_401",
        ]),
    ),
    (
        31,
        By(&[
            "tests/webhooks/attacks.rs::requests_31_what_is_too_large_is_refused_before_it_is_read",
            "tests/http_signature/rows.rs::requests_31_what_is_too_large_is_refused_before_it_is_read",
        ]),
    ),
];

/// Advisories and reports, one element for one failure.
pub(crate) const ADVISORIES: [(&str, Shown); 45] = [
    (
        "RUSTSEC-2023-0096",
        By(&["src/primitive/aead.rs::rustsec_2023_0096_aes_gcm_no_plaintext_is_left_after_a_wrong_tag"]),
    ),
    (
        "RUSTSEC-2019-0029",
        By(&[
            "src/primitive/aead.rs::rustsec_2019_0029_chacha20_a_length_that_would_wrap_the_counter_is_refused",
        ]),
    ),
    (
        "RUSTSEC-2021-0100, RUSTSEC-2025-0133, RUSTSEC-2026-0125, RUSTSEC-2026-0126",
        By(&[
            "tests/known_failures/primitives.rs::rustsec_2021_0100_sha2_long_messages_have_the_answers_of_another_implementation",
        ]),
    ),
    (
        "RUSTSEC-2024-0344, RUSTSEC-2026-0003, RUSTSEC-2026-0211, RUSTSEC-2026-0045, RUSTSEC-2022-0018",
        Later("measurements of time, per release"),
    ),
    (
        "RUSTSEC-2022-0093",
        By(&[
            "tests/known_failures/keys.rs::rustsec_2022_0093_ed25519_dalek_no_public_key_is_taken_along_with_a_seed",
        ]),
    ),
    (
        "RUSTSEC-2026-0240",
        By(&[
            "tests/speccheck/raw.rs::rustsec_2026_0240_dcrypt_sign_the_identity_is_no_key_and_r_b_s_1_no_signature",
        ]),
    ),
    (
        "RUSTSEC-2017-0001",
        By(&[
            "tests/speccheck.rs::rustsec_2017_0001_sodiumoxide_no_low_order_point_becomes_a_recipient",
            "tests/speccheck.rs::rustsec_2017_0001_sodiumoxide_no_message_opens_whose_enc_is_of_low_order",
            "tests/speccheck/raw.rs::rustsec_2017_0001_sodiumoxide_x25519_refuses_every_point_of_low_order",
            "tests/speccheck/raw.rs::rustsec_2017_0001_sodiumoxide_no_hpke_context_begins_with_an_enc_of_low_order",
        ]),
    ),
    (
        "RUSTSEC-2026-0023, RUSTSEC-2026-0024",
        By(&[
            "tests/known_failures/keys.rs::rustsec_2026_0023_libcrux_ecdh_keys_of_32_bytes_are_imported_and_no_others",
        ]),
    ),
    (
        "RUSTSEC-2026-0026",
        By(&[
            "tests/known_failures/keys.rs::rustsec_2026_0026_libcrux_ed25519_every_bit_of_a_new_key_is_random",
        ]),
    ),
    (
        "RUSTSEC-2026-0075",
        By(&[
            "src/agreement.rs::rustsec_2026_0075_a_broken_random_source_gives_an_error_and_no_key",
            "tests/known_failures/primitives.rs::rustsec_2026_0075_nothing_is_sealed_with_a_broken_random_source",
        ]),
    ),
    (
        "RUSTSEC-2026-0071",
        By(&["src/hpke/schedule.rs::rustsec_2026_0071_hpke_rs_the_sequence_number_stops_and_never_wraps"]),
    ),
    (
        "RUSTSEC-2026-0069",
        By(&["src/hpke/schedule.rs::rustsec_2026_0069_hpke_rs_export_lengths_are_exact_or_refused"]),
    ),
    (
        "RUSTSEC-2026-0070",
        By(&["tests/known_failures/keys.rs::rustsec_2026_0070_hpke_rs_no_key_has_the_export_only_aead"]),
    ),
    (
        "RUSTSEC-2026-0238",
        By(&["src/primitive/aead.rs::rustsec_2026_0238_dcrypt_each_nonce_gives_its_own_ciphertext"]),
    ),
    (
        "RUSTSEC-2023-0068",
        By(&[
            "tests/known_failures/messages.rs::rustsec_2023_0068_cocoon_copies_of_a_sealer_do_not_repeat_each_other",
        ]),
    ),
    (
        "RUSTSEC-2026-0239",
        By(&[
            "tests/tamper/sealed.rs::rustsec_2026_0239_dcrypt_symmetric_a_stream_of_other_chunks_ends_with_an_error",
            "tests/envelope_streams/refused.rs::rustsec_2026_0239_chunks_that_are_missing_moved_or_doubled_are_refused",
        ]),
    ),
    (
        "RUSTSEC-2024-0011",
        By(&["src/hpke/schedule.rs::rustsec_2024_0011_snow_a_forged_message_changes_nothing"]),
    ),
    (
        "RUSTSEC-2018-0012, RUSTSEC-2026-0074, RUSTSEC-2026-0207",
        By(&[
            "tests/known_failures/messages.rs::rustsec_2018_0012_orion_every_way_to_split_a_message_is_one_message",
        ]),
    ),
    (
        "RUSTSEC-2019-0026",
        By(&[
            "tests/known_failures/keys.rs::rustsec_2019_0026_sodiumoxide_equality_compares_every_bit_of_both_sides",
        ]),
    ),
    (
        "RUSTSEC-2019-0019",
        By(&["src/primitive/mac.rs::rustsec_2019_0019_blake2_hmac_keys_around_the_block_size"]),
    ),
    (
        "RUSTSEC-2026-0025, RUSTSEC-2026-0073, RUSTSEC-2026-0124, RUSTSEC-2026-0076, RUSTSEC-2026-0104, \
         RUSTSEC-2025-0136, RUSTSEC-2025-0009, RUSTSEC-2026-0216, RUSTSEC-2026-0199",
        By(&[
            "tests/known_failures/messages.rs::rustsec_2026_0025_libcrux_no_parser_panics_on_short_long_or_strange_input",
        ]),
    ),
    (
        "RUSTSEC-2026-0209",
        By(&["src/primitive/aead.rs::rustsec_2026_0209_libcrux_aes_too_much_additional_data_is_refused"]),
    ),
    ("RUSTSEC-2024-0336, RUSTSEC-2024-0399", Later("fuzzing under a time limit")),
    ("RUSTSEC-2023-0079, RUSTSEC-2025-0144", Later("post-quantum keys")),
    ("RUSTSEC-2023-0071", By(&["tests/jwt/rsa.rs::rustsec_2023_0071_no_private_key_of_rsa_is_taken"])),
    (
        "RUSTSEC-2024-0342",
        By(&["tests/secrets/main.rs::rustsec_2024_0342_vodozemac_every_secret_type_is_erased_on_drop"]),
    ),
    (
        "RUSTSEC-2024-0354",
        By(&[
            "tests/known_failures/house.rs::rustsec_2024_0354_vodozemac_text_of_secrets_is_made_by_base64ct",
        ]),
    ),
    (
        "RUSTSEC-2022-0086, RUSTSEC-2022-0087, RUSTSEC-2022-0089",
        By(&["tests/secrets/printed.rs::rustsec_2022_0086_slack_morphism_nothing_prints_a_secret"]),
    ),
    (
        "RUSTSEC-2024-0010",
        By(&[
            "src/primitive/ct.rs::rustsec_2024_0010_svix_no_prefix_and_no_extension_is_equal",
            "tests/webhooks/standard.rs::rustsec_2024_0010_svix_a_part_of_a_signature_is_none",
            "tests/tamper/tags.rs::a_changed_tag_or_message_is_refused",
        ]),
    ),
    (
        "standard-webhooks 286",
        By(&[
            "tests/webhooks/standard.rs::standard_webhooks_286_an_empty_or_short_secret_is_refused_at_construction",
        ]),
    ),
    (
        "standard-webhooks verify",
        By(&[
            "tests/webhooks/standard.rs::standard_webhooks_verify_the_bytes_of_the_time_are_signed_and_extremes_do_not_overflow",
        ]),
    ),
    (
        "GHSA-x9cc-346q-g27m",
        By(&["tests/http_signature/rows.rs::ghsa_x9cc_346q_g27m_an_empty_list_of_components_is_refused"]),
    ),
    (
        "web-bot-auth 125, web-bot-auth 127",
        By(&[
            "tests/http_signature/rows.rs::web_bot_auth_125_expired_and_future_signatures_are_refused_and_ports_normalised",
        ]),
    ),
    (
        "RFC 9421",
        By(&[
            "tests/http_signature/considerations.rs::rfc_9421_each_heading_of_the_security_considerations_has_its_test_or_a_reason",
        ]),
    ),
    (
        "CVE-2026-25537",
        By(&[
            "tests/jwt/refused.rs::cve_2026_25537_a_registered_claim_of_a_wrong_type_is_an_error_and_never_absent",
        ]),
    ),
    ("CVE-2026-27962", By(&["tests/jwt/refused.rs::cve_2026_27962_a_key_that_comes_with_the_token_is_none"])),
    (
        "CVE-2026-44699, CVE-2026-45363, CVE-2026-44351",
        By(&[
            "tests/jwt/refused.rs::cve_2026_44699_libjwt_an_hmac_key_is_as_long_as_its_hash_and_no_other_key",
        ]),
    ),
    (
        "GHSA-mvf2-f6gm-w987",
        By(&["tests/jwt/refused.rs::ghsa_mvf2_f6gm_w987_fast_jwt_no_text_decides_what_kind_of_key_it_is"]),
    ),
    (
        "GHSA-jc38-x7x8-2xc8, GHSA-869p-cjfg-cm3x",
        By(&["tests/jwt/refused.rs::ghsa_jc38_x7x8_2xc8_only_the_compact_form_is_read_and_only_its_header"]),
    ),
    (
        "CVE-2024-28180, CVE-2024-28122, CVE-2025-63811, GHSA-cjwg-qfpm-7377",
        By(&["tests/jwt/refused.rs::cve_2024_28180_nothing_is_decompressed_or_decrypted"]),
    ),
    ("CVE-2023-50967, CVE-2023-50966", Never("no key comes from a password")),
    ("RUSTSEC-2024-0433", By(&["tests/known_failures/house.rs::rustsec_2024_0433_age_no_name_is_looked_up"])),
    (
        "RUSTSEC-2026-0097",
        By(&[
            "tests/known_failures/house.rs::rustsec_2026_0097_rand_randomness_comes_from_the_system_and_nothing_else",
        ]),
    ),
    (
        "RUSTSEC-2017-0004",
        By(&["src/primitive/chunked.rs::rustsec_2017_0004_base64_lengths_do_not_overflow"]),
    ),
    ("ePrint 2026/192", Later("a text on what was tested, and what was not")),
];
