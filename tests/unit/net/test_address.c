/* Address rules (security.md 5.1) and lists of ranges. */
#include "net_test.h"

static const char *const public_addresses[] = {
    "8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1",
    "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0",
    "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255",
    "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255", "::ffff:8.8.8.8", "64:ff9b::808:808",
    "2002:808:808::1", "2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888", "2001:200::1", "2001:db7::1",
    "2001:db9::1",
};

static const struct {
    const char *address, *kind;
} refused_addresses[] = {
    { "0.0.0.0", "unspecified" }, { "0.1.2.3", "unspecified" }, { "0.255.255.255", "unspecified" },
    { "10.0.0.0", "private" }, { "10.255.255.255", "private" }, { "100.64.0.0", "carrier-grade NAT" },
    { "100.127.255.255", "carrier-grade NAT" }, { "127.0.0.1", "loopback" }, { "127.255.255.255", "loopback" },
    { "169.254.0.0", "link-local" }, { "169.254.169.254", "link-local" }, { "169.254.255.255", "link-local" },
    { "172.16.0.0", "private" }, { "172.31.255.255", "private" }, { "192.0.0.0", "reserved" },
    { "192.0.0.170", "reserved" }, { "192.0.2.1", "documentation" }, { "192.88.99.1", "reserved" },
    { "192.168.0.0", "private" }, { "192.168.255.255", "private" }, { "198.18.0.0", "benchmarking" },
    { "198.19.255.255", "benchmarking" }, { "198.51.100.1", "documentation" }, { "203.0.113.1", "documentation" },
    { "224.0.0.1", "multicast" }, { "239.255.255.255", "multicast" }, { "240.0.0.1", "reserved" },
    { "255.255.255.255", "reserved" }, { "::", "unspecified" }, { "::1", "loopback" }, { "::2", "reserved" },
    { "::7f00:1", "reserved" }, { "::127.0.0.1", "reserved" }, { "::ffff:127.0.0.1", "loopback" },
    { "::ffff:7f00:1", "loopback" }, { "::ffff:10.1.2.3", "private" }, { "::ffff:a9fe:a9fe", "link-local" },
    { "::ffff:0.0.0.0", "unspecified" }, { "::ffff:0:127.0.0.1", "reserved" }, { "64:ff9b::127.0.0.1", "loopback" },
    { "64:ff9b::a00:1", "private" }, { "64:ff9b::a9fe:a9fe", "link-local" }, { "64:ff9b:1::1", "reserved" },
    { "2002:7f00:1::", "loopback" }, { "2002:a00:1::1", "private" }, { "2002:c0a8:101::", "private" },
    { "2002:a9fe:a9fe::", "link-local" }, { "2002:e000:1::", "multicast" }, { "100::1", "reserved" },
    { "2001::1", "reserved" }, { "2001:0:4136:e378::1", "reserved" }, { "2001:10::1", "reserved" },
    { "2001:20::1", "reserved" }, { "2001:1ff::1", "reserved" }, { "2001:db8::1", "documentation" },
    { "2001:db8:ffff::1", "documentation" }, { "3fff::1", "documentation" }, { "3fff:fff::1", "documentation" },
    { "4000::1", "reserved" }, { "5f00::1", "reserved" }, { "fc00::1", "unique-local" },
    { "fd12:3456::1", "unique-local" }, { "fd00:ec2::254", "unique-local" }, { "fe80::1", "link-local" },
    { "febf::1", "link-local" }, { "fec0::1", "site-local" }, { "feff::1", "site-local" }, { "ff02::1", "multicast" },
    { "ff0e::1", "multicast" },
};

static void public_addresses_are_reachable_up_to_the_edge_of_each_range(void **state)
{
    (void)state;
    for (size_t i = 0; i < RV_LEN(public_addresses); i++) {
        struct rv_address a;
        assert_true(rv_address_parse(rv_str_of(public_addresses[i]), &a));
        if (rv_address_refusal(&a) != NULL)
            fail_msg("%s is refused as %s", public_addresses[i], rv_address_refusal(&a));
    }
}

static void special_addresses_are_refused_in_every_disguise(void **state)
{
    (void)state;
    for (size_t i = 0; i < RV_LEN(refused_addresses); i++) {
        struct rv_address a;
        assert_true(rv_address_parse(rv_str_of(refused_addresses[i].address), &a));
        const char *kind = rv_address_refusal(&a);
        if (kind == NULL || strcmp(kind, refused_addresses[i].kind) != 0)
            fail_msg("%s: %s", refused_addresses[i].address, kind != NULL ? kind : "reachable");
    }
}

static void odd_spellings_are_no_addresses(void **state)
{
    static const char *const bad[] = { "",           "127.1",      "127.0.0.01", "0x7f.0.0.1",
                                       "0177.0.0.1", "2130706433", "127.0.0.1.", "1.2.3.256",
                                       "1.2.3",      " 1.2.3.4",   "1.2.3.4 ",   "::g",
                                       "fe80::1%lo", "[::1]",      "1::2::3" };
    (void)state;
    for (size_t i = 0; i < RV_LEN(bad); i++) {
        struct rv_address a;
        if (rv_address_parse(rv_str_of(bad[i]), &a))
            fail_msg("\"%s\" was taken for an address", bad[i]);
    }
}

static void lists_hold_addresses_and_ranges(void **state)
{
    static const struct {
        const char *list, *address;
        bool in;
    } cases[] = {
        { "10.0.0.0/8", "10.1.2.3", true },      { "10.0.0.0/8", "11.0.0.0", false },
        { "10.0.0.0/8", "::ffff:10.0.0.1", true }, { "1.2.3.4, fd00::/8", "fd01::1", true },
        { "1.2.3.4, fd00::/8", "1.2.3.4", true }, { "1.2.3.4", "1.2.3.5", false },
        { "0.0.0.0/0", "9.9.9.9", true },         { "0.0.0.0/0", "2001:4860::1", false },
        { "::/0", "9.9.9.9", true },              { "", "1.2.3.4", false },
        { "192.168.1.128/25", "192.168.1.127", false }, { "192.168.1.128/25", "192.168.1.200", true },
        { "host:443 1.2.3.4/32", "1.2.3.4", true },
    };
    (void)state;
    for (size_t i = 0; i < RV_LEN(cases); i++) {
        struct rv_address a;
        assert_true(rv_address_parse(rv_str_of(cases[i].address), &a));
        if (rv_address_in_list(&a, rv_str_of(cases[i].list)) != cases[i].in)
            fail_msg("\"%s\" and %s", cases[i].list, cases[i].address);
    }
}

static void a_list_with_a_wrong_word_is_refused_by_name(void **state)
{
    static const char *const bad[] = { "10.0.0.0/33",    "10.0.0/8",   "x",
                                       "1.2.3.4 ::/129", "1.2.3.4/-1", "1.2.3.4/" };
    struct net_env e;
    (void)state;
    net_env_init(&e, NULL);
    assert_int_equal(rv_address_list_check(&e.cx, RV_STR(" 10.0.0.0/8,1.2.3.4  ::1/128 "),
                                           "proxy.trusted"),
                     RV_OK);
    for (size_t i = 0; i < RV_LEN(bad); i++)
        assert_int_equal(rv_address_list_check(&e.cx, rv_str_of(bad[i]), "proxy.trusted"),
                         RV_INVALID);
    assert_non_null(strstr(rv_error(&e.cx)->message, "proxy.trusted"));
    net_env_done(&e);
}

int run_address_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_addresses_are_reachable_up_to_the_edge_of_each_range),
        cmocka_unit_test(special_addresses_are_refused_in_every_disguise),
        cmocka_unit_test(odd_spellings_are_no_addresses),
        cmocka_unit_test(lists_hold_addresses_and_ranges),
        cmocka_unit_test(a_list_with_a_wrong_word_is_refused_by_name),
    };
    return cmocka_run_group_tests_name("net: addresses", tests, NULL, NULL);
}
