/* Runs the unit tests of src/net. */
#include "net_test.h"

int main(void)
{
    int failed = 0;
    failed += run_address_tests();
    failed += run_filter_tests();
    failed += run_server_tests();
    failed += run_local_tests();
    failed += run_mime_tests();
    failed += run_client_tests();
    failed += run_rebind_tests();
    failed += run_mail_tests();
    return failed == 0 ? 0 : 1;
}
