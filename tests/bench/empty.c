/* The empty program: the least that a process of a request costs. */
int main(void)
{
	return 0;
}
